# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion for bash. What can stand where is known to sysreel itself: `sysreel help --complete`.
_sysreel()
{
	local LC_ALL=C line=${COMP_LINE:0:COMP_POINT} have=${COMP_WORDS[COMP_CWORD]} kind n word
	local -a answer

	mapfile -t answer < <(sysreel help --complete "$line" 2>/dev/null)
	kind=${answer[0]%% *}
	n=${answer[0]##* }
	COMPREPLY=()
	# bash has its own idea of what is being replaced: of a quoted word all behind the quote, of
	# others what follows the last = or its like.
	have=${have#[\'\"]}
	case $have in
	*[!=:\<\>\(\)\&\|\;]*) ;;
	*) have= ;;
	esac
	case $kind in
	words | parts)
		for word in "${answer[@]:1}"; do
			word=${word%%$'\t'*}
			if [ ${#have} -ge "$n" ]; then
				COMPREPLY+=("${have:0:${#have}-n}$word")
			else
				COMPREPLY+=("${word:n-${#have}}")
			fi
		done
		[ "$kind" = words ] || compopt -o nospace
		;;
	files) mapfile -t COMPREPLY < <(compgen -f -- "$have") && compopt -o filenames ;;
	chisels)
		mapfile -t COMPREPLY < <(compgen -W "$(sysreel chisels --json 2>/dev/null |
			sed -n 's/.*"name":"\([^"]*\)".*/\1/p')" -- "$have")
		;;
	containers)
		mapfile -t COMPREPLY < <(compgen -W "$(docker ps --format '{{.Names}}' 2>/dev/null)" \
			-- "$have")
		;;
	esac
}
complete -F _sysreel sysreel
