"""The programs of examples/amqp, run as they are: clients of RabbitMQ that know no Erlust."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from fault import Skipped
from rabbit import SERVER

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "amqp"
DEBIANS_PYTHON = "/usr/bin/python3"  # for which its package python3-pika is
LANGUAGES = {"py": sys.executable if find_spec("pika") else DEBIANS_PYTHON,
             "rb": "ruby", "js": "node"}


class Programs:
    """Used as `with Programs() as programs`: JavaScript's packages are there then, in a temporary
    directory."""

    def __enter__(self):
        if not SERVER.exists():
            raise Skipped(f"there is no {SERVER}; .ci/packages installs it")
        self._modules = tempfile.mkdtemp(prefix="erlust-amqplib-")
        shutil.copy(EXAMPLES / "package.json", self._modules)
        subprocess.run(["npm", "install", "--prefer-offline", "--no-package-lock", "--no-audit",
                        "--no-fund", "--silent"], cwd=self._modules, check=True)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self._modules, ignore_errors=True)

    def start(self, uri, program, *words, **streams):
        """A program, as in start(uri, "consume.py", "queue"), with pipes for all it reads and says,
        unless `streams` say otherwise."""
        interpreter = LANGUAGES[program.rpartition(".")[2]]
        environment = {**os.environ, "ERLUST_AMQP": uri, "PYTHONDONTWRITEBYTECODE": "1",
                       "NODE_PATH": f"{self._modules}/node_modules"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([interpreter, str(EXAMPLES / program), *words], env=environment,
                                encoding="utf-8", **{**pipes, **streams})
