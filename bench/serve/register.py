"""The sandbox's population register alone: `python -m bench.serve.register`."""

from bench.serve.run import serve
from bench.workloads import SIGNING_KEY
from datasources.sandbox.register import SandboxRegister, register_people

if __name__ == "__main__":
    serve(SandboxRegister(register_people(), SIGNING_KEY))
