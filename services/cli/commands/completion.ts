import type { CliIo } from '../cli-io.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** Shells that words can be completed in. */
export type Shell = 'bash' | 'zsh' | 'fish'

/**
 * Each script only hands the words over: `lvsctl complete` knows the commands, and asks the daemon
 * for names. Words after `--` are the line up to the cursor, the last one unfinished.
 */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# lvsctl completion for bash: lvsctl completion bash > /etc/bash_completion.d/lvsctl
_lvsctl() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(lvsctl complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o default
  fi
}
complete -F _lvsctl lvsctl
`,
  zsh: `#compdef lvsctl
# lvsctl completion for zsh: lvsctl completion zsh > a folder of $fpath, as _lvsctl
_lvsctl() {
  local -a found
  local line word
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    if [[ "$line" == *$'\\t'* ]]; then
      found+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${word//:/\\\\:}")
    fi
  done < <(lvsctl complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    _describe lvsctl found
  else
    _files
  fi
}
if [[ "$funcstack[1]" == _lvsctl ]]; then
  _lvsctl "$@"
else
  compdef _lvsctl lvsctl
fi
`,
  fish: `# lvsctl completion for fish:
# lvsctl completion fish > ~/.config/fish/completions/lvsctl.fish
function __lvsctl_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (lvsctl complete -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c lvsctl -f -a '(__lvsctl_complete)'
`,
}

/** `lvsctl completion SHELL`: the script for that shell. */
export function runCompletion(io: CliIo, shell: Shell): ExitCode {
  io.out(SCRIPTS[shell])
  return EXIT.ok
}
