#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what strace and sysreel say of one run: per thread and in order the same calls, the
same results, and the same arguments where both decode them.

    compare.py STRACE-OUTPUT SYSREEL-OUTPUT DIFFERENCES

The first is the output of `strace -f -y`, the second of `sysreel read -p '%thread.tid %evt.call'`;
the third lists the differences that have an explanation. Prints what differs without one, and one
line of counts; the exit status is 1 if anything did."""
import re
import sys
from collections import Counter, defaultdict

ESCAPES = {'n': 10, 't': 9, 'r': 13, 'v': 11, 'f': 12, 'a': 7, 'b': 8, 'e': 27,
           '\\': 92, '"': 34, "'": 39}
# strace names clone's arguments; in ours their place says which one it is.
NAMED = {'clone': {'flags': 0, 'child_stack': 1, 'stack': 1, 'parent_tid': 2, 'parent_tidptr': 2,
                   'child_tidptr': 3, 'tls': 4}}
# Calls of which strace leaves out arguments in the middle: the places of those that it shows.
PLACES = {('futex', 5): [0, 1, 2, 3, 5]}
MODE_BITS = {'S_ISUID': 0o4000, 'S_ISGID': 0o2000, 'S_ISVTX': 0o1000}
MARK = re.compile(r'(\d+|AT_FDCWD)<')


class Str:
    """A string literal: its bytes, and whether the writer says that there were more."""
    def __init__(self, data, cut):
        self.data, self.cut = data, cut

    def __repr__(self):
        return repr(self.data) + ('...' if self.cut else '')


class Struct(list):
    pass


class Pair:
    """name=value"""
    def __init__(self, name, value):
        self.name, self.value = name, value

    def __repr__(self):
        return f'{self.name}={self.value!r}'


class File:
    """A descriptor with the name of its file."""
    def __init__(self, num, name):
        self.num, self.name = num, name

    def __repr__(self):
        return f'{self.num}<{self.name}>'


def merged(before, after):
    """A structure that the kernel wrote into: its members as they are then."""
    if not isinstance(before, Struct) or not isinstance(after, Struct):
        return after
    new = {p.name: p for p in after if isinstance(p, Pair)}
    return Struct([new.pop(p.name, p) if isinstance(p, Pair) else p for p in before] +
                  list(new.values()))


class Parser:
    """Values as both programs write them: strings, [lists], {structures}, name=value, words."""
    def __init__(self, text):
        self.s, self.i = text, 0

    def peek(self, what):
        return self.s.startswith(what, self.i)

    def string(self):
        s, i, out = self.s, self.i + 1, bytearray()
        while i < len(s) and s[i] != '"':
            if s[i] != '\\':
                out += s[i].encode('utf-8', 'surrogateescape')
                i += 1
                continue
            m = re.compile(r'x([0-9a-fA-F]{2})|([0-7]{1,3})|(.)').match(s, i + 1)
            if m[1]:
                out.append(int(m[1], 16))
            elif m[2]:
                out.append(int(m[2], 8) & 255)
            else:
                out.append(ESCAPES.get(m[3], ord(m[3]) & 255))
            i = m.end()
        self.i = i + 1
        cut = self.peek('...')
        if cut:
            self.i += 3
        return Str(bytes(out), cut)

    def file(self):
        """NUM<NAME>; a name may hold '->', and a '>' that ends nothing."""
        m = MARK.match(self.s, self.i)
        if not m:
            return None
        end = re.compile(r'(?<!-)>(?=$|[]),} |]|\(deleted\))').search(self.s, m.end())
        if not end:
            return None
        self.i = end.end()
        tail = re.compile(r'\(deleted\)').match(self.s, self.i)
        if tail:
            self.i = tail.end()
        return File(m[1], self.s[m.end():end.start()])

    def word(self):
        start, depth = self.i, 0
        while self.i < len(self.s):
            c = self.s[self.i]
            if depth == 0 and (c in ',)]}' or self.peek(' => ')):
                break
            depth += (c == '(') - (c == ')')
            self.i += 1
        return self.s[start:self.i].strip()

    def value(self):
        m = re.compile(r'([A-Za-z_][\w.]*)=(?!=)').match(self.s, self.i)
        if m:
            self.i = m.end()
            return Pair(m[1], self.value())
        address = re.compile(r'\[[0-9a-f:.]*\]:\d+').match(self.s, self.i)
        if self.peek('"'):
            v = self.string()
        elif self.peek('@"'):  # an abstract socket
            self.i += 1
            v = self.string()
            v.data = b'@' + v.data
        elif address:
            self.i = address.end()
            v = address[0]
        elif self.peek('~['):
            self.i += 1
            v = '~[' + ' '.join(map(str, self.several('[', ']'))) + ']'
        elif self.peek('['):
            v = self.several('[', ']')
        elif self.peek('{'):
            v = Struct(self.several('{', '}'))
        else:
            v = self.file() or self.word()
        if self.peek(' => '):  # what went in => what came out
            self.i += 4
            return merged(v, self.value())
        return v

    def several(self, opening, closing):
        assert self.s[self.i] == opening
        self.i += 1
        out = []
        while self.i < len(self.s) and not self.peek(closing):
            before = self.i
            out.append(self.value())
            while self.i < len(self.s) and self.s[self.i] in ', ':
                self.i += 1
            if self.i == before:
                self.i += 1
        self.i += 1
        return out


def split_call(text):
    """NAME(ARGS) = RESULT -> name, [values], result"""
    m = re.match(r'(\w+)(\()', text)
    if not m:
        return None
    p = Parser(re.sub(r' /\*.*?\*/', '', text))
    p.i = m.end() - 1
    args = p.several('(', ')')
    rest = p.s[p.i:]
    m2 = re.match(r'\s*= (.*)', rest)
    return m[1], args, m2[1].strip() if m2 else '?'


def read_strace(path):
    calls, begun = defaultdict(list), {}
    for line in open(path, errors='surrogateescape'):
        m = re.match(r'(\d+)\s+(.*)\n?$', line)
        tid, text = int(m[1]), m[2]
        if text.startswith(('+++', '---', 'strace:')):
            continue
        if text.endswith('<unfinished ...>'):
            begun[tid] = text[:-len('<unfinished ...>')].rstrip()
            continue
        m = re.match(r'<\.\.\. (\w+) resumed>(.*)', text)
        if m:
            text = begun.pop(tid, m[1] + '(') + m[2]
        begun.pop(tid, None)
        calls[tid].append(text)
    for tid, text in begun.items():
        calls[tid].append(text + ') = ?')
    return calls


def read_sysreel(path, tids):
    calls = defaultdict(list)
    for line in open(path, errors='surrogateescape'):
        tid, _, text = line.rstrip('\n').partition(' ')
        if int(tid) in tids:
            calls[int(tid)].append(text)
    return calls


# ---- comparing ----

def number(v):
    if not isinstance(v, str):
        return None
    if re.fullmatch(r'0[0-7]+', v):
        return int(v, 8)
    m = re.fullmatch(r'(-?\d+)\*(\d+)', v)
    if m:
        return int(m[1]) * int(m[2])
    try:
        return int(v, 0)
    except ValueError:
        return None


def signals(v):
    """The set of signals that a mask names, or None."""
    inverse = isinstance(v, str) and v.startswith('~[')
    if inverse:
        v = [v[2:-1]]
    if not isinstance(v, list) or not all(isinstance(x, str) for x in v):
        return None
    names = {re.sub(r'^SIG', '', w) for x in v for w in x.split()}
    return inverse, names


def plain(v):
    """Structures that we write as one word: times, wait statuses, epoll's data, sets of CPUs."""
    if isinstance(v, Struct):
        m = {p.name: p.value for p in v if isinstance(p, Pair)}
        words = [x for x in v if isinstance(x, str)]
        if 'tv_sec' in m and isinstance(m['tv_sec'], str) and number(m['tv_sec']) is not None:
            part = m.get('tv_nsec', m.get('tv_usec', '0'))
            return f"{m['tv_sec']}.{part.zfill(9 if 'tv_nsec' in m else 6)}" if number(part) is not \
                None else part
        if 'u64' in m and 'u32' in m:
            return m['u64']
        if len(v) == 1 and words and re.fullmatch(r'-?\d+\.\d+|UTIME_\w+', words[0]):
            return words[0]
        if len(v) == 1 and words and words[0].startswith('WIF'):
            n = re.search(r'== (\w+)$', words[0])
            core = ' (core)' if 'WCOREDUMP' in words[0] else ''
            n = n or re.search(r'== (\w+) &&', words[0])
            how = {'WIFEXITED': 'exited', 'WIFSIGNALED': 'killed', 'WIFSTOPPED': 'stopped',
                   'WIFCONTINUED': 'continued'}[words[0].split('(')[0]]
            return f'{how} {n[1]}{core}' if n else how
    return v


def joined(v):
    """An iovec of strace's: one string, as ours is."""
    if not isinstance(v, list) or isinstance(v, Struct) or not v:
        return None
    data, cut = b'', False
    for e in v:
        base = [p.value for p in e if isinstance(p, Pair) and p.name == 'iov_base'] \
            if isinstance(e, Struct) else []
        if e == '...':
            cut = True
            break
        if not base or not isinstance(base[0], Str):
            return None
        if cut:
            break
        data, cut = data + base[0].data, base[0].cut
    return Str(data, cut)


def cpus(v):
    out = set()
    for w in ' '.join(v).split():
        a, _, b = w.partition('-')
        out |= set(range(int(a), int(b or a) + 1))
    return out


def plain_address(v):
    """strace's socket address in our words: family and address."""
    if not isinstance(v, Struct) or not v or not isinstance(v[0], Pair) or \
       v[0].name != 'sa_family':
        return None
    got = {p.name: p.value for p in v if isinstance(p, Pair)}
    family = got['sa_family']
    text = ' '.join(str(x) for x in v)
    if family == 'AF_INET':
        return [family, '%s:%s' % (re.search(r'inet_addr\("(.*?)"\)', text)[1],
                                   re.search(r'htons\((\d+)\)', text)[1])]
    if family == 'AF_INET6':
        return [family, '[%s]:%s' % (re.search(r'inet_pton\(AF_INET6, "(.*?)"', text)[1],
                                     re.search(r'htons\((\d+)\)', text)[1])]
    if family == 'AF_UNIX' and 'sun_path' in got:
        path = got['sun_path']
        if isinstance(path, Str):
            return [family, path.data.decode('utf-8', 'surrogateescape')]
        return [family, str(path)]
    return [family]


class Compare:
    def __init__(self, spelling):
        self.spelling = spelling
        self.compared = self.only_strace = self.only_ours = 0
        self.undecoded = Counter()
        self.call = ''

    def spelled(self, v):
        """A word of strace's as we write it."""
        for pattern, ours in self.spelling:
            v = pattern.sub(ours, v)
        return v

    def names(self, s, o):
        """Flags: the same names in any order, and the same number for the rest."""
        def parts(v):
            names, rest = set(), 0
            for w in v.split('|'):
                n = MODE_BITS.get(w, number(w))
                if n is None:
                    names.add(w)
                else:
                    rest |= n
            return names, rest
        return parts(s) == parts(o)

    def words(self, s, o):
        s = self.spelled(s)
        if s == o:
            return True
        ns, no = number(s), number(o)
        if ns is not None and no is not None:
            return ns == no or (ns - no) % (1 << 64) == 0 or (ns - no) % (1 << 32) == 0 and \
                min(abs(ns), abs(no)) < 1 << 32
        if '|' in s or '|' in o:
            return self.names(s, o)
        return False

    def members(self, s, o):
        theirs = {p.name: p.value for p in o if isinstance(p, Pair)}
        for p in s:
            if isinstance(p, Pair) and p.name in theirs and not self.same(p.value, theirs[p.name]):
                return False
        if theirs:
            return True
        return self.items([p.value if isinstance(p, Pair) else p for p in s], o)

    def items(self, s, o):
        for i, v in enumerate(s):
            if v == '...':
                return True
            if i >= len(o) or o[i] == '...':
                return i < len(o)
            if not self.same(v, o[i]):
                return False
        return len(o) == len(s)

    def one_decodes(self, s, o):
        """One shows where, the other what is there."""
        at = re.compile(r'0x[0-9a-f]+')
        if isinstance(s, str) and at.fullmatch(s) and not (isinstance(o, str) and number(o) is not None):
            self.only_ours += 1
            return True
        if isinstance(o, str) and at.fullmatch(o) and not (isinstance(s, str) and number(s) is not None):
            self.only_strace += 1
            self.undecoded[self.call] += 1
            return True
        return False

    def same(self, s, o):
        if isinstance(s, Pair) and not isinstance(o, Pair):
            s = s.value
        if isinstance(o, Pair) and not isinstance(s, Pair):
            o = o.value
        if isinstance(s, Pair):
            return s.name == o.name and self.same(s.value, o.value)
        s, o = plain(s), plain(o)
        if isinstance(o, Str) and isinstance(s, list):
            s = joined(s) or s
        if isinstance(s, File) or isinstance(o, File):
            return self.files(s, o)
        if isinstance(s, Str) and isinstance(o, Str):
            n = min(len(s.data), len(o.data))
            return s.data[:n] == o.data[:n] and (len(s.data) <= n or o.cut) and \
                (len(o.data) <= n or s.cut)
        if self.one_decodes(s, o):
            return True
        address = plain_address(s)
        if address:
            return [str(x) for x in o][:len(address)] == address if isinstance(o, Struct) else False
        if isinstance(s, Struct) and isinstance(o, Struct):
            return self.members(s, o)
        if isinstance(s, list) and isinstance(o, list):
            return signals(s) == signals(o) and signals(s) is not None or self.items(s, o)
        if isinstance(s, list) and len(s) == 1:
            return self.same(s[0], o)
        if isinstance(o, list) and len(o) == 1:
            return self.same(s, o[0])
        if isinstance(s, str) and s.startswith('~[') and isinstance(o, str):
            return signals(s) == signals(o)
        return isinstance(s, str) and isinstance(o, str) and self.words(s, o)

    def files(self, s, o):
        num = [v.num if isinstance(v, File) else v for v in (s, o)]
        if not all(isinstance(v, str) for v in num) or not self.words(*num):
            return False
        if isinstance(s, File) and isinstance(o, File) and s.name[:1] == '/' and o.name[:1] == '/':
            return Parser(f'"{s.name}"').string().data == Parser(f'"{o.name}"').string().data
        return True

    def result(self, s, o):
        """Results: '-1 ENOENT (words)', '? ERESTARTSYS (words)', '3</a/file>', '0x7f00'."""
        def parse(v):
            m = re.match(r'(-1|\?) (E\w+)', v)
            if m:
                return m[2]
            return Parser(v.split(' (')[0]).value()
        return self.same(parse(s), parse(o))


def load_differences(path):
    """Lines 'word | STRACE | OURS' and 'CALL | WHERE | STRACE | OURS | WHY' of regular
    expressions; return both kinds."""
    rows, spelling = [], []
    for line in open(path):
        if not line.strip() or line.startswith('#'):
            continue
        f = [x.strip() for x in line.split(' | ')]
        if f[0] == 'word' and len(f) == 3:
            spelling.append((re.compile(f[1]), '' if f[2] == '(nothing)' else f[2]))
        elif len(f) == 5:
            rows.append([re.compile(x) for x in f[:4]] + [f[4]])
        else:
            sys.exit(f'{path}: not understood: {line}')
    return rows, spelling


class Report:
    def __init__(self, known):
        self.known, self.used, self.bad, self.told = known, Counter(), 0, Counter()

    def differ(self, call, where, s, o, context):
        for row in self.known:
            if all(p.fullmatch(t) for p, t in zip(row, (call, where, s, o))):
                self.used[row[4]] += 1
                return True
        self.bad += 1
        self.told[call, where] += 1
        if self.told[call, where] < 3 and sum(self.told.values()) < 60:
            print(f'{call}, {where}\n    strace:  {context[0]}\n    sysreel: {context[1]}')
        return False


def compare_call(cmp, report, s_text, o_text):
    s, o = split_call(s_text), split_call(o_text)
    context = (s_text, o_text)
    name = cmp.call = s[0]
    places = PLACES.get((name, len(s[1])), range(len(s[1])))
    for place, v in zip(places, s[1]):
        if name in NAMED and isinstance(v, Pair) and v.name in NAMED[name]:
            place, v = NAMED[name][v.name], v.value
        if v == '...' or place >= len(o[1]):
            if v != '...':
                report.differ(name, f'argument {place + 1}', str(v), '', context)
            continue
        cmp.compared += 1
        if name == 'sched_getaffinity' and place == 2 and isinstance(v, list):
            same = cpus(v) == cpus(o[1][place])
        else:
            same = cmp.same(v, o[1][place])
        if not same:
            report.differ(name, f'argument {place + 1}', repr(v), repr(o[1][place]), context)
    if not cmp.result(s[2], o[2]):
        report.differ(name, 'result', s[2], o[2], context)


def compare_thread(cmp, report, tid, ss, os):
    """The calls of one thread. Either side may have a call more if the list says so."""
    i = j = n = 0
    while i < len(ss) or j < len(os):
        s_name = ss[i].split('(')[0] if i < len(ss) else ''
        o_name = os[j].split('(')[0] if j < len(os) else ''
        if s_name and s_name == o_name:
            compare_call(cmp, report, ss[i], os[j])
            i, j, n = i + 1, j + 1, n + 1
            continue
        context = (ss[i] if s_name else '(nothing)', os[j] if o_name else '(nothing)')
        more = [k for k in range(j, min(j + 3, len(os))) if os[k].split('(')[0] == s_name]
        if s_name and (not o_name or not more):
            report.differ(s_name, 'only strace has it', ss[i], '', context)
            i += 1
        else:
            report.differ(o_name, 'only sysreel has it', '', os[j], context)
            j += 1
    return n


def main():
    theirs = read_strace(sys.argv[1])
    ours = read_sysreel(sys.argv[2], theirs)
    known, spelling = load_differences(sys.argv[3])
    cmp, report, n = Compare(spelling), Report(known), 0
    first = next(iter(theirs), None)
    for tid, calls in theirs.items():
        mine = ours.get(tid, [])
        if tid == first:  # strace's own child, until it becomes the program
            at = [k for k, c in enumerate(mine) if c.startswith('execve(')]
            mine = mine[at[0]:] if at else mine
        n += compare_thread(cmp, report, tid, calls, mine)
    if '-v' in sys.argv:
        for why, k in report.used.most_common():
            print(f'{k:6} {why}')
        print('decoded by strace alone:', dict(cmp.undecoded.most_common(40)))
    print(f'{n} calls of {len(theirs)} threads, {cmp.compared} arguments ({cmp.only_strace} '
          f'decoded by strace alone, {cmp.only_ours} by sysreel alone), '
          f'{sum(report.used.values())} explained differences, {report.bad} others')
    return 1 if report.bad or not n else 0


if __name__ == '__main__':
    sys.exit(main())
