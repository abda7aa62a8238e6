# SPDX-License-Identifier: Apache-2.0
# Completion for bash. Commands and options come from sysreel itself, so they are always right.
_sysreel()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} cmd=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sysreel help --commands 2>/dev/null) help \
			--help --version" -- "$cur")
		return
	fi
	case $prev in
	-r | --read | -w | --write | --btf | --docker-socket | --cgroup)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-c | --chisel)
		mapfile -t COMPREPLY < <(compgen -W "$(sysreel chisels --json 2>/dev/null |
			sed -n 's/.*"name":"\([^"]*\)".*/\1/p')" -- "$cur")
		return
		;;
	--container | --not-container)
		mapfile -t COMPREPLY < <(compgen -W "$(docker ps --format '{{.Names}}' 2>/dev/null)" \
			-- "$cur")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur")
		return
		;;
	-t | --time)
		mapfile -t COMPREPLY < <(compgen -W 'h a r d D' -- "$cur")
		return
		;;
	esac
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$(sysreel help --options "$cmd" 2>/dev/null)" \
			-- "$cur")
		return
		;;
	esac
	case $cmd in
	help) mapfile -t COMPREPLY < <(compgen -W "$(sysreel help --commands 2>/dev/null)" -- "$cur") ;;
	chisels)
		mapfile -t COMPREPLY < <(compgen -W "$(sysreel chisels --json 2>/dev/null |
			sed -n 's/.*"name":"\([^"]*\)".*/\1/p')" -- "$cur")
		;;
	read | info | verify) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}
complete -F _sysreel sysreel
