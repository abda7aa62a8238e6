# SPDX-License-Identifier: Apache-2.0
"""Is a capture, exported as .scap, to sysdig and tshark what it is to us?

    compare.py SYSREEL CAPTURE

Asks both programs the same questions of the same recording: rows of calls that .scap files have
events for, with time, thread, and the fields below, under each filter. What differs for a reason
stands in EXCEPTIONS."""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CALLS = os.path.join(HERE, '..', '..', 'formats', 'scap', 'calls.def')
RETURNED = '(evt.dir=< or evt.type in (procexit,signaldeliver))'
SEP = '\x01'

FIELDS = ['evt.type', 'evt.rawres', 'thread.tid', 'proc.pid', 'proc.name', 'proc.exe', 'proc.cmdline',
          'proc.cwd', 'proc.vpid', 'thread.vtid', 'user.uid', 'container.id', 'container.name',
          'container.image', 'fd.num', 'fd.type', 'fd.name', 'fd.cip', 'fd.sip', 'evt.latency']

FILTERS = ['', 'evt.failed=true', 'evt.res=ENOENT', 'evt.rawres>0', 'fd.name startswith /etc',
           'fd.name contains lib', 'fd.name glob /*', 'fd.type=file', 'fd.type in (ipv4,ipv6)',
           'fd.l4proto=tcp', 'fd.num>=3', 'proc.name startswith s', 'proc.cmdline contains -',
           'user.uid=0', 'container.id!=host', 'container.name exists', 'thread.ismain=true',
           'evt.is_io=true', 'evt.is_io_write=true and fd.type=file', 'evt.buffer contains a',
           'evt.type in (execve,clone,procexit)', 'evt.type=connect', 'evt.type=close',
           'evt.latency>100000']

# The reference tool's names of calls with several forms.
SAME_CALL = {'pread64': 'pread', 'pwrite64': 'pwrite', 'prlimit64': 'prlimit', 'dup2': 'dup',
             'dup3': 'dup', 'pipe2': 'pipe', 'accept4': 'accept', 'signalfd4': 'signalfd',
             'eventfd2': 'eventfd', 'inotify_init1': 'inotify_init', 'umount2': 'umount'}

# (field or filter, rows by their type and kind of file, reason)
EXCEPTIONS = [
    ({'fd.name', 'fd.l4proto'}, lambda r: r['fd.name'] in ('ipv4', 'ipv6'),
     'sockets without addresses have no name with sysdig'),
    ({'fd.name'}, lambda r: r['fd.type'] not in ('file', 'directory', 'ipv4', 'ipv6'),
     'sysdig has no names of pipes, eventfds and the like, and addresses in the kernel of unix sockets'),
    ({'fd.num', 'fd.type', 'fd.name', 'fd.cip', 'fd.sip'},
     lambda r: r['evt.type'] in ('setsockopt', 'getsockopt', 'socketpair', 'pipe', 'mmap', 'splice',
                                 'select', 'sendfile', 'copy_file_range', 'getsockname',
                                 'getpeername'),
     'its events of these calls do not say which file, or another of the two'),
    ({'fd.num', 'fd.type', 'fd.name', 'fd.cip', 'fd.sip'}, lambda r: r['fd.num'] in ('<NA>', '-1'),
     'calls that failed have no file with us, and its name with sysdig'),
    ({'fd.num'}, lambda r: r['evt.type'] == 'fcntl', 'of a descriptor that is copied: the new one'),
    ({'fd.type'}, lambda r: r['evt.type'].startswith('open') or r['fd.type'] not in (
        'file', 'directory', 'ipv4', 'ipv6', 'unix', 'pipe', 'event'),
     'what was opened is a directory to sysdig only if it was asked for; kinds that it does not know'),
    ({'fd.name', 'fd.cip', 'fd.sip', 'fd.l4proto'},
     lambda r: r['evt.type'] in ('socket', 'connect', 'bind', 'accept', 'shutdown'),
     'before a connection is made, or after it ended, one of the two has no peer'),
    ({'evt.rawres'}, lambda r: r['evt.type'] in ('procexit', 'signaldeliver', 'brk', 'mmap', 'getuid',
                                                 'geteuid', 'getgid', 'getegid', 'getsockname',
                                                 'getpeername'),
     'addresses and ids are no results to sysdig'),
    ({'fd.sip'}, lambda r: r['fd.sip'] == '<NA>' and r['fd.name'].count(':') == 1,
     'a datagram socket with a port is a server to sysdig'),
    ({'fd.sip'}, lambda r: r['evt.type'] == 'close' and '->' not in r['fd.name'],
     'of what already listened when recording began sysdig tells the port but not the address'),
    ({'evt.is'}, lambda r: r['evt.type'] == 'sendfile', 'moves from a file to another: to us it writes'),
    ({'evt.buffer'}, lambda r: r['evt.type'].startswith('getdents'), 'events have no names of entries'),
    ({'evt.latency'}, lambda r: r['evt.latency'] == '<NA>', 'sysdig has 0 where it does not know'),
    ({'proc.exe', 'proc.cmdline', 'proc.cwd'}, lambda r: r['evt.type'] in ('execve', 'execveat'),
     'of an exec that failed sysdig shows what was to be executed'),
]


def own_calls():
    with open(CALLS, encoding='utf-8') as f:
        return set(re.findall(r'SR_SCAP_CALL\("(\w+)"', f.read())) | {'procexit', 'signaldeliver'}


def run(words):
    env = dict(os.environ, TZ='UTC', LC_ALL='C.UTF-8')
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=env,
                          timeout=120)


def rows(out):
    names = ['evt.rawtime'] + FIELDS
    found = [line.split(SEP) for line in out.decode(errors='replace').split('\n')]
    return [dict(zip(names, r)) for r in found if len(r) == len(names)]


def excepted(field, row):
    return any(field in fields and applies(row) for fields, applies, _ in EXCEPTIONS)


class Comparison:
    def __init__(self, program, capture, scap):
        self.program, self.capture, self.scap = program, capture, scap
        self.form = '*' + SEP.join('%' + f for f in ['evt.rawtime'] + FIELDS)
        self.passed = self.failed = 0

    def ours(self, question):
        words = [self.program, 'read', self.capture, '-p', self.form, 'evt.inflight=false']
        if question:
            words.append('and (%s)' % question)
        found = rows(run(words).stdout)
        for r in found:
            r['name'] = r['evt.type']
            r['evt.type'] = SAME_CALL.get(r['evt.type'], r['evt.type'])
        return found

    def theirs(self, question):
        words = RETURNED + (' and (%s)' % question if question else '')
        return rows(run(['sysdig', '-r', self.scap, '-p', self.form, words]).stdout)

    def tell(self, ok, what, more=()):
        self.passed += ok
        self.failed += not ok
        if not ok:
            print('FAILED  %s: %s' % (os.path.basename(self.capture), what))
            for line in list(more)[:5]:
                print('    ' + line)

    def values(self, mine, yours):
        """Every field of every row. (Of a process that goes elsewhere ours is where it was when it
        was last defined.)"""
        moved = {r['proc.pid'] for r in mine if 'chdir' in r['evt.type']}
        for field in FIELDS:
            bad = ['%s: ours %r, sysdig %r' % (a['evt.type'], a[field], b[field])
                   for a, b in zip(mine, yours) if a[field] != b[field] and not excepted(field, a)
                   and not (field == 'proc.cwd' and a['proc.pid'] in moved)]
            self.tell(not bad, '%s differs in %d of %d rows' % (field, len(bad), len(mine)), bad)

    def filters(self, known):
        """Which rows a filter selects; rows with an exception for a field of it do not matter."""
        for question in FILTERS:
            fields = set(re.findall(r'(?:fd|evt|proc)\.[a-z0-9]+', question)) - {'evt.type'}
            if fields & {'fd.name', 'fd.type', 'fd.l4proto', 'fd.num'}:
                fields |= {'fd.name', 'fd.type', 'fd.num'}
            if fields & {'evt.failed', 'evt.res'}:
                fields |= {'evt.rawres'}
            asked = question
            for ours, name in SAME_CALL.items():
                asked = re.sub(r'\b%s\b' % name, '%s,%s' % (name, ours), asked) if ',' in asked else asked
            skip = {k for k, r in known.items() if any(excepted(f, r) for f in fields)}
            mine = [key(r) for r in self.ours(asked) if key(r) in known and key(r) not in skip]
            yours = [key(r) for r in self.theirs(question) if key(r) in known and key(r) not in skip]
            odd = ['%s of %s %s: only %s' % (known[k]['name'], known[k]['proc.name'],
                                              known[k]['fd.name'],
                                              'ours' if k in set(mine) else "sysdig's")
                   for k in set(mine) ^ set(yours)]
            self.tell(mine == yours, 'filter %s' % question, odd)


def key(row):
    return row['evt.rawtime'], row['thread.tid'], row['evt.type']


def tshark(path, events, tell):
    answer = run(['tshark', '-r', path, '-T', 'fields', '-e', 'frame.number'])
    tell(answer.returncode == 0, 'tshark: %s' % answer.stderr.decode(errors='replace'))
    frames = len(answer.stdout.split())
    tell(frames == events, 'tshark shows %d frames of %d events' % (frames, events))


def main():
    program, capture = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as tmp:
        scap = os.path.join(tmp, 'x.scap')
        made = run([program, 'convert', capture, scap])
        c = Comparison(program, capture, scap)
        c.tell(made.returncode == 0, 'convert: %s' % made.stderr.decode())
        calls = own_calls()
        mine = [r for r in c.ours('') if r['name'] in calls]
        known = {key(r): r for r in mine}
        yours = [r for r in c.theirs('') if key(r) in known]
        c.tell(len(mine) > 10 and [key(r) for r in mine] == [key(r) for r in yours],
               '%d rows, sysdig has %d' % (len(mine), len(yours)))
        c.values(mine, yours)
        c.filters(known)
        shown = len(run(['sysdig', '-r', scap, '-p', '%evt.num']).stdout.splitlines())
        noted = run(['sysdig', '-q', '-v', '-r', scap])
        c.tell(noted.returncode == 0, 'sysdig: %s' % noted.stderr.decode(errors='replace'))
        containers = len({r['container.id'] for r in mine} - {'host'})
        tshark(scap, shown + containers, c.tell)
    print('%d passed, %d failed' % (c.passed, c.failed))
    return 1 if c.failed else 0


sys.exit(main())
