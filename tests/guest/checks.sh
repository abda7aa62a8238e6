#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What runs inside a guest: the whole host recorded, read back, and the live tests.
set -u
. tests/lib.sh
new_tmp

[ -s /sys/kernel/btf/vmlinux ] && pass 'the kernel has BTF'
[ "$(stat -f -c %t /sys/fs/cgroup)" = 63677270 ] && pass 'cgroups are v2 only'
finish
