#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes events.def, values.def, names.def and calls.def beside itself from tables of facts about the
.scap format. Usage: make-tables.py DIRECTORY (with events.csv, enums.csv, sc_ids.csv)."""
import csv
import os
import sys

FLAGS = {
    'makes-fd': 'MAKES_FD', 'drops-fd': 'DROPS_FD', 'uses-fd': 'USES_FD', 'reads-fd': 'READS',
    'writes-fd': 'WRITES', 'changes-state': 'STATE', 'may-wait': 'WAITS', 'wide-lengths': 'WIDE',
    'keeps-last-event': 'KEEPS_LAST', 'unused': 'UNUSED',
}


def rows(where, name):
    with open(os.path.join(where, name), newline='', encoding='utf-8') as f:
        return list(csv.DictReader(f))


def words(flags):
    known = ['SR_SCAP_' + FLAGS[w] for w in flags.split('+') if w in FLAGS]
    return ' | '.join(known) if known else '0'


def category(text):
    parts = text.split('+')
    for special in ('internal', 'wait', 'sched'):
        if special in parts:
            return special.upper()
    return parts[0].upper().replace('-', '_')


def table(name):
    return name if name and not name.startswith('dirfd=') and not name.startswith('dyn:') else 'none'


def events(where):
    by_id = {}
    for r in rows(where, 'events.csv'):
        by_id.setdefault(int(r['event_id']), []).append(r)
    yield ('/* Event types of .scap files, by number: SR_SCAP_EVENT(number, name, category, flags,\n'
           ' * parameters...), each P(name, type, table of values). Made by make-tables.py. */')
    for number, params in sorted(by_id.items()):
        head = params[0]
        text = ''.join(', P("%s", %s, %s)' % (p['param_name'], p['param_type'].upper(),
                                             table(p['table']))
                       for p in params if p['param_name'])
        internal = 'SR_SCAP_HIDDEN' if head['hidden_by_sysdig_0.29.3'] == 'yes' else ''
        flags = words(head['flags'])
        if internal:
            flags = internal if flags == '0' else flags + ' | ' + internal
        if 'src:syscall' in head['category']:
            flags = 'SR_SCAP_SYSCALL' if flags == '0' else 'SR_SCAP_SYSCALL | ' + flags
        yield 'SR_SCAP_EVENT(%d, "%s", %s, %s%s)' % (number, head['event_name'],
                                                    category(head['category']), flags, text)


def values(where):
    all_rows = rows(where, 'enums.csv')
    names = list(dict.fromkeys(r['table'] for r in all_rows))
    used = {table(r['table']) for r in rows(where, 'events.csv')} - {'none'}
    yield ('/* Values of flags and enumerations as .scap files store them: SR_SCAP_TABLE(name, FLAGS\n'
           ' * or ENUM), SR_SCAP_VALUE(table, symbol, stored, has a Linux value, Linux value).\n'
           ' * Made by make-tables.py. */')
    for name in names + sorted(used - set(names)):
        kinds = {r['kind'] for r in all_rows if r['table'] == name}
        yield 'SR_SCAP_TABLE(%s, %s)' % (name, 'FLAGS' if any('flag' in k for k in kinds) else 'ENUM')
    for r in all_rows:
        linux = r['linux_x86_64_value']
        yield 'SR_SCAP_VALUE(%s, "%s", %s, %s, %s)' % (
            r['table'], r['symbol'], r['value_hex'] if not r['value'].startswith('-') else r['value'],
            'true' if linux else 'false', linux or '0')


def names(where):
    yield ('/* Names of the system calls that .scap files number in their own way:\n'
           ' * SR_SCAP_SC(number, name). Made by make-tables.py. */')
    for r in rows(where, 'sc_ids.csv'):
        yield 'SR_SCAP_SC(%s, "%s")' % (r['sc_id'], r['name'])


def calls(where):
    """As sysdig 0.29.3 has them, whose events all tools read."""
    nparams = {r['event_id']: r['nparams_0.29.3'] for r in rows(where, 'events.csv')}
    sc = {r['sc_id']: r['name_in_0.29.3'] for r in rows(where, 'sc_ids.csv')}
    yield ('/* System calls as .scap files of 2022 have them, which every tool reads, by name:\n'
           ' * SR_SCAP_CALL(name, event of the beginning, its parameters, event of the end, its\n'
           ' * parameters), SR_SCAP_GENERIC(name, number among the calls without events of their\n'
           ' * own). Made by make-tables.py. */')
    for r in sorted(rows(where, 'syscalls.csv'), key=lambda r: r['syscall_name']):
        enter, leave = r['enter_id_0.29.3'], r['exit_id_0.29.3']
        if r['generic_0.29.3'] == 'no' and enter:
            yield 'SR_SCAP_CALL("%s", %s, %s, %s, %s)' % (r['syscall_name'], enter, nparams[enter],
                                                         leave, nparams[leave])
        elif sc.get(r['sc_id_0.29.3']):
            yield 'SR_SCAP_GENERIC("%s", %s)' % (r['syscall_name'], r['sc_id_0.29.3'])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    here = os.path.dirname(os.path.abspath(__file__))
    for name, make in (('events', events), ('values', values), ('names', names), ('calls', calls)):
        with open(os.path.join(here, name + '.def'), 'w', encoding='utf-8') as f:
            f.write('/* SPDX-License-Identifier: Apache-2.0 */\n')
            for line in make(sys.argv[1]):
                f.write(line + '\n')


main()
