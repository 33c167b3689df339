"""Answers with the Google Cloud SDK's own parser and printer; run by the SDK's Python, knows nothing of this project.

sdk_worker.py SDK: for each line of JSON [argv, resources, folder] on stdin, one line of JSON [refusal, output] on stdout:
why argv (without the leading `gcloud`), typed in folder, is refused, null = accepted; and what it would print of
resources, null = not asked.
"""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

sdk = Path(sys.argv[1])
sys.path[:0] = [str(sdk / "lib"), str(sdk / "lib" / "third_party")]

import argparse  # noqa: E402 - the SDK brings its own, which its parser needs

from googlecloudsdk import gcloud_main  # noqa: E402
from googlecloudsdk.calliope import display  # noqa: E402
from googlecloudsdk.calliope import exceptions as calliope  # noqa: E402
from googlecloudsdk.core import exceptions, log, properties  # noqa: E402
from googlecloudsdk.core.resource import resource_filter, resource_printer  # noqa: E402

Refused = (argparse.ArgumentError, exceptions.Error, calliope.ToolException, ValueError)


def answer(cli: Any, argv: list[str], resources: Any, folder: str) -> tuple[str | None, str | None]:
    """Return why the SDK refuses ARGV, typed in FOLDER, and else what it prints of RESOURCES."""
    os.chdir(folder or "/")
    properties.VALUES.PushInvocationValues()
    printed = io.StringIO()
    log.Reset(printed, io.StringIO())
    try:
        command, arguments = parsed(cli, argv)
        if resources is not None:
            shown = display.Displayer(
                command._common_type(cli=cli, context={}),
                arguments,
                resources,
                display_info=command.ai.display_info,
            )
            shown.Display()
    except Refused as error:
        return f"{type(error).__name__}: {error}", None
    finally:
        properties.VALUES.PopInvocationValues()
    return None, None if resources is None else printed.getvalue()


def parsed(cli: Any, argv: list[str]) -> tuple[Any, Any]:
    """Parse ARGV, resolve its resources, and compile its filter and its format. Raises one of `Refused`."""
    command, rest = command_of(cli, argv)
    arguments = command._parser.parse_args(rest, raise_error=True)
    if arguments.CONCEPT_ARGS is not None:
        arguments.CONCEPT_ARGS.ParseConcepts()
    for concept in getattr(arguments.CONCEPTS, "_all_concepts", ()):
        getattr(arguments.CONCEPTS, concept["name"]).Parse()
    if written := getattr(arguments, "filter", None):
        resource_filter.Compile(written)
    if written := getattr(arguments, "format", None):
        resource_printer.Printer(written, out=io.StringIO())
    return command, arguments


def command_of(cli: Any, argv: list[str]) -> tuple[Any, list[str]]:
    """Return the command that ARGV names first, and the rest of ARGV. Raises ValueError where there is none."""
    node = cli._TopElement()
    for taken, word in enumerate(argv):
        if not node.is_group:
            return node, argv[taken:]
        if not node.IsValidSubElement(word):
            raise ValueError(f"gcloud {' '.join(argv[:taken])} has no command {word}")
        node = node.LoadSubElement(word)
    if node.is_group:
        raise ValueError(f"gcloud {' '.join(argv)} is a group, no command")
    return node, []


if __name__ == "__main__":
    out = sys.stdout
    tree = gcloud_main.CreateCLI([])
    for line in sys.stdin:
        print(json.dumps(answer(tree, *json.loads(line))), file=out, flush=True)
