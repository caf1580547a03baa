"""A process that does the jobs of an exam store until it is killed, and prints each registration that it has done."""

import asyncio
import sys

from support.exams import Clock, Register, opened

from app.jobs import Workers
from datasources.mail import Mail, MailServer


async def main(url: str) -> None:
    exams = opened(url, Clock(), Register())
    workers = Workers(exams, Mail(MailServer(None)), 2)
    workers.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
