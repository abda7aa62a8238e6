#compdef sysreel
# SPDX-License-Identifier: Apache-2.0
# Completion for zsh. What can stand where is known to sysreel itself: `sysreel help --complete`.
_sysreel() {
	setopt localoptions nomultibyte
	local line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$IPREFIX$PREFIX" before
	local -a answer found shown
	local -i n

	answer=("${(@f)$(sysreel help --complete "$line" 2>/dev/null)}")
	case $answer[1] in
	words*|parts*)
		n=${answer[1]##* }
		found=("${(@)answer[2,-1]%%$'\t'*}")
		shown=("${(@)answer[2,-1]/$'\t'/  }")
		before=$PREFIX[1,$#PREFIX-n]
		[[ -z $before ]] || compset -P "${(b)before}"
		if [[ $answer[1] == parts* ]]; then
			compadd -S '' -l -d shown -a found
		else
			compadd -l -d shown -a found
		fi
		;;
	files) _files ;;
	chisels)
		compadd -- ${(f)"$(sysreel chisels --json 2>/dev/null |
			sed -n 's/.*"name":"\([^"]*\)".*/\1/p')"}
		;;
	containers) compadd -- ${(f)"$(docker ps --format '{{.Names}}' 2>/dev/null)"} ;;
	esac
}
_sysreel "$@"
