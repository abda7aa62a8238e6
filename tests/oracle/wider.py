# SPDX-License-Identifier: Apache-2.0
"""Asks the reference tool itself, over every field and many filters; wider.sh says how."""
import csv
import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
RETURNED = '(evt.dir=< or evt.type in (procexit,signaldeliver))'
SEP = '\x01'

# Arguments for fields that take one.
ARGUMENTS = {
    'evt.type.is': [],
    'evt.arg': ['.fd', '.name', '.res', '.size', '.flags', '.data', '.addr', '.tuple', '[0]', '[1]'],
    'evt.rawarg': ['.res', '.fd', '.size', '.flags'],
    'evt.abspath': ['', '.src', '.dst'],
    'proc.aname': ['[0]', '[1]', '[2]', '[3]', '[4]'],
    'proc.apid': ['[0]', '[1]', '[2]', '[3]', '[4]'],
    'thread.cgroup': ['.cpuset', '.cpu', '.memory'],
    'container.mount': ['[0]', '[/etc*]'],
    'container.mount.source': ['[0]'],
    'container.mount.dest': ['[0]'],
    'container.mount.mode': ['[0]'],
    'container.mount.rdwr': ['[0]'],
    'container.mount.propagation': ['[0]'],
}

FILTERS = '''
evt.failed=true
evt.failed=false
evt.rawres>0
evt.rawres>=0 and evt.rawres<10
evt.rawres<0
evt.res=EAGAIN
evt.res!=SUCCESS
evt.res in (ENOENT,EINPROGRESS,EAGAIN)
evt.is_io=true
evt.is_io_read=true
evt.is_io_write=true
evt.io_dir=read
evt.io_dir=write
evt.is_wait=true
evt.is_open_read=true
evt.is_open_write=true
evt.buflen>100
evt.buflen exists
evt.buffer exists
evt.buffer contains GET
evt.buffer contains root
evt.latency>10000
evt.latency<5000
evt.latency=0
evt.latency exists
evt.latency.s>0
evt.cpu=0
evt.cpu!=0
evt.category=file
evt.category=net
evt.category=process
evt.category=memory
evt.category=ipc
evt.category=signal
evt.category=wait
evt.category=sleep
evt.category=user
evt.category=system
evt.category=time
evt.category=other
evt.category!=file
evt.category in (file,memory)
evt.type=execve
evt.type in (open,openat,creat)
evt.type in (mmap,munmap,brk)
evt.type contains re
evt.type startswith s
evt.type!=read
not evt.type in (read,write,close)
syscall.type=open
syscall.type exists
evt.arg.flags contains O_CREAT
evt.arg.res exists
evt.arg.fd exists
evt.args contains etc
evt.rawarg.res=0
evt.rawarg.res<0
fd.num=0
fd.num=1
fd.num>2
fd.num<3
fd.num!=3
fd.num=-1
fd.num exists
not fd.num exists
fd.type=file
fd.type=ipv4
fd.type in (ipv4,ipv6)
fd.type in (file,directory)
fd.type in (unix,pipe)
fd.type exists
fd.type!=file
fd.typechar=f
fd.typechar=4
fd.typechar!=f
fd.name exists
fd.name=/etc/hosts
fd.name contains lib
fd.name contains etc and evt.type=open
fd.name startswith /proc
fd.name startswith /dev
fd.name endswith .so
fd.name glob *lib*
fd.name!=/etc/hosts
fd.name pmatch (/usr,/lib)
fd.name icontains ETC
fd.directory=/etc
fd.directory=/
fd.directory contains lib
fd.filename=hosts
fd.filename startswith lib
fd.filename exists
fd.ip=127.0.0.1
fd.ip exists
fd.net=127.0.0.0/8
fd.net=10.0.0.0/8
fd.net!=10.0.0.0/8
fd.sip=127.0.0.1
fd.cip exists
fd.cip!=127.0.0.1
fd.lip exists
fd.rip exists
fd.port=80
fd.port=443
fd.port in (22,53,80)
fd.port exists
fd.sport=80
fd.sport=53
fd.sport!=53
fd.cport>1024
fd.lport>1024
fd.rport=53
fd.rport exists
fd.l4proto=tcp
fd.l4proto=udp
fd.l4proto exists
fd.sockfamily=ip
fd.sockfamily=unix
fd.sockfamily exists
fd.is_server=true
fd.is_server=false
fd.is_server exists
proc.name=curl
proc.name in (curl,cat,ping,sshd,bash)
proc.name startswith s
proc.name contains s
proc.name!=sysdig
proc.name=sysdig
proc.name exists
proc.exe contains /
proc.exe startswith /usr
proc.exepath exists
proc.cmdline contains -
proc.args exists
proc.args=""
proc.pname=bash
proc.pname exists
proc.pname!=bash
proc.aname=bash
proc.aname[2]=bash
proc.aname[2] exists
proc.apid[1]>1000
proc.ppid>1000
proc.pid>1000
proc.pid!=1
proc.pid<1000
proc.vpid<100
proc.sid>1000
proc.sname=bash
proc.loginshellid exists
proc.loginshellid>0
proc.tty!=0
proc.tty=0
proc.cwd=/
proc.cwd startswith /home
proc.cwd exists
proc.nthreads>1
proc.nthreads=1
proc.nchilds=0
proc.duration>1000000
proc.duration exists
proc.vmsize>10000
proc.fdopencount>3
proc.env contains HOME
thread.tid>1000
thread.ismain=true
thread.ismain=false
thread.vtid<100
thread.cgroups contains docker
user.uid=0
user.uid!=0
user.uid>=1000
user.name=root
user.name!=root
user.name exists
user.homedir startswith /home
user.shell=/bin/bash
user.loginuid>=0
group.gid=0
group.gid!=0
group.name=root
group.name exists
container.id=host
container.id!=host
container.id exists
container.name=host
container.name exists
container.image exists
container.type=docker
container.type exists
container.privileged=true
container.privileged exists
container.mounts exists
evt.type=open and fd.name contains lib and evt.failed=true
evt.is_io_read=true and fd.type=file
evt.is_io_write=true and fd.type!=file
fd.type=file and not fd.name startswith /proc
(evt.type=read or evt.type=write) and fd.num>2
evt.type=close and fd.typechar=f
evt.type=connect
evt.type in (socket,connect,sendto,recvfrom)
evt.type in (clone,execve,procexit)
evt.type=clone and evt.rawres=0
evt.type=fcntl
evt.type=poll and evt.rawres=0
evt.type in (dup,dup2,pipe)
evt.type=mmap and fd.num>=0
evt.type=ioctl
evt.dir=<
evt.dir=>
'''.strip().splitlines()

SHOW = '*%evt.rawtime %thread.tid %evt.type'


def captures(shared):
    for path in sorted(glob.glob(os.path.join(shared, 'captures', '*.scap')) +
                       glob.glob(os.path.join(shared, 'captures', 'synthetic', '[!x]*.scap'))):
        yield os.path.relpath(path, os.path.join(shared, 'captures')), path


def fields(shared, have):
    path = os.path.join(shared, 'reference', 'sysdig', 'fields.csv')
    with open(path, newline='', encoding='utf-8') as f:
        for row in csv.DictReader(f):
            if row['in_0.29.3'] != 'yes' or row['class'] in ('k8s', 'mesos', 'span', 'evtin'):
                continue
            if row['name'] not in have:
                continue
            if row['name'] in ARGUMENTS:
                for arg in ARGUMENTS[row['name']]:
                    yield row['name'] + arg
            elif not row['takes_argument'].startswith('required'):
                yield row['name']


def run(words):
    answer = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                            timeout=120, env=dict(os.environ, TZ='UTC', LC_ALL='C.UTF-8'))
    return answer.stdout.decode(errors='replace'), answer.stderr.decode(errors='replace')


def theirs(path, form, question):
    words = RETURNED + (' and (%s)' % question if question else '')
    return run(['sysdig', '-r', path, '-p', form, words])


def ours(program, path, form, question):
    return run([program, 'read', path, '-p', form] + ([question] if question else []))


def our_fields(program):
    listed = subprocess.run([program, 'fields', '--json'], stdout=subprocess.PIPE, check=True)
    return {f['name'] for f in json.loads(listed.stdout)}


class Tally:
    def __init__(self, known, verbose):
        self.same = 0
        self.known = 0
        self.differ = []
        self.table = known
        self.verbose = verbose

    def add(self, kind, what, capture, equal, detail=''):
        if equal:
            self.same += 1
        elif (kind, what, capture) in self.table or (kind, what, '*') in self.table:
            self.known += 1
        else:
            self.differ.append((kind, what, capture))
            if self.verbose:
                print('%s: %s: %s%s' % (kind, what, capture, detail))


def first_difference(mine, yours):
    lines = [(a, b) for a, b in zip(mine, yours) if a != b]
    if lines:
        return ' (%d of %d): ours %r, theirs %r' % (len(lines), len(yours), lines[0][0], lines[0][1])
    return ': %d lines, theirs %d' % (len(mine), len(yours))


def table(ask, names):
    """For each name, what is printed for it beside each row's time and type."""
    form = '*' + SEP.join(['%evt.rawtime %evt.type'] + ['%' + n for n in names])
    rows = [line.split(SEP) for line in ask(form, '')[0].split('\n')]
    return {n: [(r[0], r[i + 1]) for r in rows if len(r) > i + 1] for i, n in enumerate(names)}


def compare_fields(program, names, capture, path, tally):
    tools = (lambda form, q: ours(program, path, form, q), lambda form, q: theirs(path, form, q))
    nrows = len(theirs(path, '*%evt.rawtime', '')[0].splitlines())
    for i in range(0, len(names), 20):
        some = names[i:i + 20]
        mine, yours = (table(ask, some) for ask in tools)
        for n in some:
            if len(mine[n]) != nrows or len(yours[n]) != nrows:  # gave up at a field; which one?
                mine[n], yours[n] = (table(ask, [n])[n] for ask in tools)
            if len(yours[n]) == nrows:
                tally.add('field', n, capture, mine[n] == yours[n],
                          first_difference(mine[n], yours[n]))


def compare_filters(program, capture, path, tally):
    for question in FILTERS:
        yours = theirs(path, SHOW, question)[0].splitlines()
        text, complaint = ours(program, path, SHOW, question)
        mine = text.splitlines()
        tally.add('filter', question, capture, mine == yours,
                  ': ' + complaint if complaint else first_difference(mine, yours))


def compare_pairs(program, pairs, capture, path, tally):
    """The stored questions, each of every capture."""
    for form, question in pairs:
        yours, mine = theirs(path, form, question)[0], ours(program, path, form, question)[0]
        tally.add('stored', form + ' / ' + question, capture, mine == yours,
                  first_difference(mine.splitlines(), yours.splitlines()))


def stored_pairs(shared):
    path = os.path.join(shared, 'oracle', 'manifest.csv')
    with open(path, newline='', encoding='utf-8') as f:
        return sorted({(r['format'], r['filter']) for r in csv.DictReader(f)})


def known_differences():
    with open(os.path.join(HERE, 'wider.csv'), newline='', encoding='utf-8') as f:
        return {(r['kind'], r['question'], r['capture']) for r in csv.DictReader(f)}


def main():
    shared, program, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    verbose, everything = '-v' in args, '-a' in args
    wanted = [a for a in args if a not in ('-v', '-a')]
    tally = Tally(known_differences(), verbose)
    pairs = stored_pairs(shared)
    names = list(fields(shared, our_fields(program)))
    for capture, path in captures(shared):
        if wanted and capture not in wanted or not (wanted or everything) and '/' in capture:
            continue
        if not theirs(path, '%evt.num', '')[0]:
            continue
        compare_pairs(program, pairs, capture, path, tally)
        if everything:
            compare_fields(program, names, capture, path, tally)
            compare_filters(program, capture, path, tally)
    total = tally.same + tally.known + len(tally.differ)
    print('%d of %d questions answered the same, %d differ for a reason in wider.csv' %
          (tally.same, total, tally.known))
    for kind, what, capture in tally.differ if not verbose else []:
        print('different: %s %s of %s' % (kind, what, capture))
    print('%d passed, %d failed' % (tally.same + tally.known, len(tally.differ)))
    return 1 if tally.differ else 0


sys.exit(main())
