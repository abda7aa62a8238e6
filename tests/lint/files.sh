# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# files PATTERN...: the project's files (tracked, or new and not ignored) that match.
files() {
	local f
	git ls-files --cached --others --exclude-standard -- "$@" | sort -u |
		while IFS= read -r f; do
			[ -f "$f" ] && printf '%s\n' "$f"
		done
}

# scripts: every shell script, whatever its name.
scripts() {
	local f
	files | while IFS= read -r f; do
		case $f in
		*.sh) echo "$f" ;;
		*.* | */cmd | LICENSE) ;;
		*) head -c 64 "$f" | head -n 1 | grep -qaE '^#!.*\b(ba|da)?sh\b' && echo "$f" ;;
		esac
	done
}
