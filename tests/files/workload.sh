#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What files/good/demo.reel shows: a small incident in a container called web, with busybox.
cd /srv || exit 1
mkdir -p /srv/cgi-bin /tmp/drop
echo '<h1>hello</h1>' >/srv/index.html
httpd -f -p 127.0.0.1:8080 -h /srv &
server=$!
sleep 0.3
wget -q -O - http://127.0.0.1:8080/index.html
wget -q -O /dev/null http://127.0.0.1:8080/missing.html
sleep 1.1
cat /etc/passwd >/dev/null
cat /etc/shadow /root/.ssh/id_rsa
cp /bin/busybox /tmp/drop/wget
chmod 755 /tmp/drop/wget
/tmp/drop/wget -q -O - http://127.0.0.1:4444/beacon
mv /tmp/drop/wget /tmp/drop/.hidden
rm -r /tmp/drop
sleep 1.1
su www -s /bin/sh -c 'cat /etc/shadow; kill -9 1'
ln -s /etc/passwd /srv/link
ls -l /srv
kill $server
wait $server
exit 3
