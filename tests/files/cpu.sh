#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What files/good/cpu.reel shows: who computes, and whom the kernel kills for want of memory (with
# cgroup v1 at /sys/fs/cgroup/memory, swap off). The loop still runs when the recording ends.
#   sysreel record -w all.reel -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin busybox sh tests/files/cpu.sh
#   sysreel read all.reel -w tests/files/good/cpu.reel proc.name!=rmdir
g=/sys/fs/cgroup/memory/sysreel-cpu
busybox sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done'
busybox dd if=/dev/zero of=/dev/null bs=1M count=50 2>&1 | busybox cat
mkdir $g
echo 8M >$g/memory.limit_in_bytes
busybox sh -c "echo 0 >$g/cgroup.procs; exec busybox tail /dev/zero"
i=0 && while [ $i -lt 2000000 ]; do i=$((i + 1)); done &
sleep 0.5
rmdir $g
