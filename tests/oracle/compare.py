# SPDX-License-Identifier: Apache-2.0
"""Compares our answers with the stored ones; run.sh says how."""
import csv
import difflib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def rows(path):
    with open(path, newline='', encoding='utf-8') as f:
        return list(csv.DictReader(f))


def ask(program, shared, row):
    path = os.path.join(shared, 'captures', row['capture'])
    words = [program, 'read', path, '-p', row['format']]
    if row['filter']:
        words.append(row['filter'])
    return subprocess.run(words, capture_output=True, check=False, timeout=60)


def show(row, want, answer):
    print('--- %s: %s, %s, %s' % (row['id'], row['capture'], row['format'], row['filter']))
    sys.stdout.write(answer.stderr.decode(errors='replace'))
    for line in list(difflib.unified_diff(want.decode(errors='replace').splitlines(),
                                          answer.stdout.decode(errors='replace').splitlines(),
                                          'theirs', 'ours', lineterm='', n=0))[:40]:
        print(line)


def main():
    shared, program, args = sys.argv[1], sys.argv[2], sys.argv[3:]
    verbose = '-v' in args
    wanted = {a for a in args if a != '-v'}
    with open(os.path.join(HERE, 'passing.txt'), encoding='utf-8') as f:
        must = {line.strip() for line in f if line.strip() and not line.startswith('#')}
    known = {r['id'] for r in rows(os.path.join(HERE, 'differences.csv'))}
    same, differ, broken = [], [], []
    for row in rows(os.path.join(shared, 'oracle', 'manifest.csv')):
        if wanted and row['id'] not in wanted:
            continue
        with open(os.path.join(shared, 'oracle', 'out', row['id'] + '.txt'), 'rb') as f:
            want = f.read()
        answer = ask(program, shared, row)
        if answer.stdout == want:
            same.append(row['id'])
            continue
        (broken if row['id'] in must else differ).append(row['id'])
        if verbose or row['id'] in must:
            show(row, want, answer)
    unexplained = [i for i in differ if i not in known]
    print('same: %s' % ' '.join(same))
    if differ:
        print('different: %s' % ' '.join(differ))
    if unexplained:
        print('of these without a reason in differences.csv: %s' % ' '.join(unexplained))
    print('%d passed, %d failed' % (len(same), len(broken)))
    print('%d of %d answers are the same' % (len(same), len(same) + len(differ) + len(broken)),
          file=sys.stderr)
    return 1 if broken else 0


sys.exit(main())
