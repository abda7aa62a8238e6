#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# codespell over what people read. Words that only look wrong: tests/lint/spelling-ok.txt.
set -u
. "${0%/*}/files.sh"

command -v codespell >/dev/null || {
	echo "codespell is not installed (make deps)"
	exit 77
}
files ':!LICENSE' ':!LICENSES/*' ':!*.reel' ':!formats/xlat/*' ':!tests/fuzz/corpus/*' ':!tests/golden/*' \
	':!tests/filters/*' |
	xargs -d '\n' -r codespell -I "${0%/*}/spelling-ok.txt"
