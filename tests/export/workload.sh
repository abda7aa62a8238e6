# SPDX-License-Identifier: Apache-2.0
# What a shell and its commands do with files.
mkdir a
for i in 1 2 3; do echo "$i" >a/$i; done
cat a/* | sort | wc -l
ls -l a /etc /nosuch
cd a || exit
cat 1 ../a/2
grep -r root /etc/passwd
rm -r ../a
(cd /tmp && sh -c 'exit 3')
sleep 0.01
ln -s /etc/hosts h
cat h
mv h g
chmod 600 g
find / -maxdepth 1
env
id -u
kill -0 $$
