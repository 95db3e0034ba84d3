"""`dibao completion`: what a shell needs to complete commands, options and the names of sources."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    r"""Print the completion script of a SHELL, for its start-up file.

    \b
    bash, in ~/.bashrc:    eval "$(dibao completion bash)"
    zsh, in ~/.zshrc:      eval "$(dibao completion zsh)"
    fish:                  dibao completion fish > ~/.config/fish/completions/dibao.fish
    """
    from click.shell_completion import get_completion_class  # noqa: PLC0415

    from scheduler.cli.main import main  # noqa: PLC0415

    found = get_completion_class(shell)
    assert found is not None, "click knows these three"
    # The script is made without asking which bash is installed: it may be for another machine.
    made = found(main, {}, "dibao", "_DIBAO_COMPLETE")
    click.echo(made.source_template % made.source_vars())
