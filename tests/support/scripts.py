"""A clone that holds only our scripts, among stub commands that write down how they were called."""

import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = (
    "bash",
    "basename",
    "cat",
    "cmp",
    "cp",
    "dirname",
    "git",
    "grep",
    "head",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "sleep",
)

PYTHON = """#!{bash}
case "$1 $2" in
    '-c import sys, pip;'*) exit 0 ;;
    -c*) exec {python} "$@" ;;
    '-m venv')
        echo "python $*" >> {calls}
        mkdir -p "$4/bin"
        cp "$0" "$4/bin/python"
        ;;
    *)
        echo "python $*, in $PWD, PYTHONPATH=${{PYTHONPATH:-}}" >> {calls}
        if [[ "$2" == pip ]]; then sleep 0.2; fi
        if [[ -e {fails} ]]; then exit 3; fi
        ;;
esac
"""
OLD_PYTHON = """#!{bash}
exit 1
"""
UV = """#!{bash}
if [[ $1 == --version ]]; then exit 0; fi
echo "uv $*" >> {calls}
if [[ $1 == venv ]]; then
    for folder; do :; done
    mkdir -p "$folder/bin"
    cp {stubs}/python3 "$folder/bin/python"
fi
"""
TOOL = """#!{bash}
echo "{name} $*" >> {calls}
echo "{name} speaks"
exit {status}
"""


@dataclass(frozen=True)
class Bench:
    """A fresh clone without .venv, and a PATH that holds the stubs and nothing else."""

    root: Path
    stubs: Path

    @property
    def calls(self) -> list[str]:
        """What the stubs were asked, in order."""
        file = self.root.parent / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def fails(self) -> Path:
        """While this file exists, python's modules exit with status 3."""
        return self.root.parent / "fails"

    def put(self, path: Path, script: str, **values: object) -> None:
        """Write SCRIPT as an executable at PATH."""
        path.parent.mkdir(parents=True, exist_ok=True)
        names = {
            "bash": shutil.which("bash"),
            "python": sys.executable,
            "calls": self.root.parent / "calls",
            "fails": self.fails,
            "stubs": self.stubs,
        }
        path.write_text(script.format(**(names | values)))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def put_python(self, name: str = "python3", *, old: bool = False) -> None:
        """Put a Python on PATH."""
        self.put(self.stubs / name, OLD_PYTHON if old else PYTHON)

    def put_uv(self) -> None:
        """Put uv on PATH."""
        self.put(self.stubs / "uv", UV)

    def put_tool(self, name: str, status: int = 0) -> None:
        """Put NAME into .venv."""
        self.put(self.root / ".venv" / "bin" / name, TOOL, name=name, status=status)

    def set_up(self) -> None:
        """Leave things as a finished setup does."""
        self.put(self.root / ".venv" / "bin" / "python", PYTHON)
        shutil.copy(self.root / "requirements.lock", self.root / ".venv" / "requirements.lock")

    def start(self, *command: str, cwd: Path | None = None, **environment: str) -> subprocess.Popen[str]:
        """Start COMMAND (a script of the clone and its arguments)."""
        script, *arguments = command
        return subprocess.Popen(
            ["bash", self.root / script, *arguments],
            cwd=cwd or self.root,
            env={"PATH": str(self.stubs), "HOME": os.devnull, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *command: str, cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run COMMAND to its end."""
        with self.start(*command, cwd=cwd, **environment) as process:
            out, err = process.communicate(timeout=30)
        return subprocess.CompletedProcess(command, process.returncode, out, err)


def set_bench(folder: Path) -> Bench:
    """Copy the scripts into FOLDER, beside a PATH of stubs and the plain tools that the scripts may use."""
    bench = Bench(folder / "clone", folder / "stubs")
    for script in ("dev.sh", ".ci/run"):
        (bench.root / script).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / script, bench.root / script)
    (bench.root / "requirements.lock").write_text("one==1 --hash=sha256:1\n")
    bench.stubs.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is missing on this machine"
        (bench.stubs / tool).symlink_to(found)
    return bench
