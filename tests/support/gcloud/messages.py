"""Asks the Google Cloud SDK whether an API has what a resource says; no account, no network."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.gcloud.sdk import sdk_folder

Asked = tuple[str, str, str, Any]
"""API, version, the message's name, and the resource."""


def faults(resources: Iterable[Asked]) -> list[str]:
    """Return what of RESOURCES their APIs do not have. Raises NotConfigured where there is no SDK."""
    asked = list(resources)
    sdk = sdk_folder()
    bundled = sdk / "platform" / "bundledpythonunix" / "bin" / "python3"
    answered = subprocess.run(
        [
            bundled if bundled.exists() else sys.executable,
            "-I",
            Path(__file__).with_name("sdk_messages.py"),
            sdk,
        ],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        f"{one[2]} {one[3].get('displayName', one[3].get('name'))}: {fault}"
        for one, found in zip(asked, json.loads(answered.stdout), strict=True)
        for fault in found
    ]
