"""What is done after a request was answered: registrations are processed, from the store, by whichever process."""

import asyncio
import uuid
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

import structlog
from prometheus_client import Gauge

from datasources.calls import transaction_id
from datasources.errors import BackendError, BackendTimeout, BackendUnavailable
from datasources.exam_store.jobs import Job, JobLost
from datasources.exam_store.receiving import job_row
from datasources.exam_store.store import ExamStore
from datasources.exam_store.telling import NOT_SENT, SENT, Errors
from datasources.mail import Delivery, Mail, was_not_taken
from rest_compat.exams.dialect import FAULT

# How often the store is asked for jobs that another process has left.
LOOK_SECONDS = 1.0
# How long jobs may go on when the process ends: what they do then is gone on with from the store.
CLOSE_SECONDS = 1.0
# After a failure of the store: soon, but it may have enough to do.
RETRY_SECONDS = 2.0
# A job that was begun so often without going on will not go on: it kills whoever does it, or is a bug.
MOST_ATTEMPTS = 5
# What never arrived whole is swept up so often.
SWEEP_SECONDS = 3600.0

# A server that takes no connection is tried again: after one minute, two, three and so on.
MAIL_ATTEMPTS = 8
MAIL_AGAIN_SECONDS = 60.0
SUBJECT = "Exam registration {}: not all candidates were registered"

UNDER_WAY = Gauge("examgraph_jobs_under_way", "Jobs that are being done now.", ["kind"], multiprocess_mode="livesum")

logger = structlog.get_logger(__name__)


def text_of(errors: Errors) -> str:
    """What the school is told. Of people nothing: a report that needs a credential tells that."""
    return (
        f"Registration {errors.reference} of {errors.school_name} ({errors.school}) for {errors.period} is processed.\n"
        f"\n"
        f"Registered: {errors.registered} of {errors.candidates}.\n"
        f"\n"
        f"Why the others were not is in the registration's report, under its reference.\n"
    )


class Workers:
    """Does the jobs of an exam store, `at_once` side by side. Started and stopped with the process."""

    def __init__(self, exams: ExamStore, mail: Mail, at_once: int) -> None:
        self._exams = exams
        self._mail = mail
        self._at_once = at_once
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closing = asyncio.Event()

    def open(self) -> None:
        """Begin to look for jobs; with none at once, others do them."""
        if self._at_once:
            for work in (self._dispatch(), self._sweep()):
                self._start(work)

    async def close(self) -> None:
        """Leave what is under way: it is gone on with from the store."""
        self._is_closing.set()
        self._exams.arrived.set()
        # Who looks for jobs ends by itself: a call that is cancelled as it connects would leave its connection behind.
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, context=Context())  # nothing of a request is theirs
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _dispatch(self) -> None:
        free = asyncio.Semaphore(self._at_once)
        while not self._is_closing.is_set():
            await free.acquire()
            job = await self._next()
            if job is not None:
                self._start(self._do(job)).add_done_callback(lambda _: free.release())

    async def _next(self) -> Job | None:
        """The next job, whenever there is one; None at the end."""
        arrived = self._exams.arrived
        while True:
            arrived.clear()
            if self._is_closing.is_set():
                return None
            try:
                job = await self._exams.jobs.take() if await self._exams.jobs.has_due() else None
            except BackendError as failure:
                logger.warning("jobs_not_taken", reason=failure.message)
                await self._ended_within(RETRY_SECONDS)
                continue
            if job is not None:
                return job
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await arrived.wait()
            except TimeoutError:
                continue

    async def _do(self, job: Job) -> None:
        transaction_id.set(job.reference)
        with UNDER_WAY.labels(job.kind).track_inprogress():
            try:
                await self._done(job)
            except asyncio.CancelledError:
                await self._put_off(job, is_counted=False, seconds=0.0)  # the next start goes on with it at once
                raise
            except JobLost:
                logger.warning("job_lost", kind=job.kind, reference=job.reference)
            except (BackendTimeout, BackendUnavailable) as failure:
                # It is held for a while yet, and then taken again, by us or by another, however often.
                logger.warning("job_put_off", kind=job.kind, reference=job.reference, reason=failure.message)
                await self._put_off(job, is_counted=False)
            except Exception:  # a bug, of which nobody else would hear; or the store refuses, and will refuse again
                logger.exception("job_failed", kind=job.kind, reference=job.reference, attempt=job.attempts)
                await self._put_off(job, is_counted=True)

    async def _done(self, job: Job) -> None:
        if job.kind == "MAIL":
            await self._tell(job)
        elif job.attempts > MOST_ATTEMPTS:
            await self._give_up(job)
        else:
            status = await self._exams.processor.process(job)
            logger.info("registration_processed", reference=job.reference, status=status.value)

    async def _tell(self, job: Job) -> None:
        """Tell by mail that not all went in. What may have been sent is not sent again."""
        teller = self._exams.teller
        errors = await teller.begin(job)
        if errors is None:
            return
        try:
            delivery = await self._mail.send(errors.address, SUBJECT.format(errors.reference), text_of(errors))
        except BackendError as failure:
            logger.warning("mail_not_sent", reference=job.reference, reason=failure.message, attempt=job.attempts)
            if was_not_taken(failure) and job.attempts < MAIL_ATTEMPTS:
                seconds = MAIL_AGAIN_SECONDS * job.attempts
                await teller.again(job, job_row("MAIL", job.reference, after_seconds=seconds, attempts=job.attempts))
            else:
                await teller.ended(job.reference, NOT_SENT)
        except ValueError:  # an address that no message can have
            logger.warning("mail_not_sent", reference=job.reference, reason="the address cannot be used")
            await teller.ended(job.reference, NOT_SENT)
        else:
            logger.info("mail", reference=job.reference, delivery=delivery.value)
            await teller.ended(job.reference, SENT if delivery is Delivery.SENT else NOT_SENT)

    async def _give_up(self, job: Job) -> None:
        failure = str(uuid.uuid4())
        logger.error("registration_given_up", reference=job.reference, failure=failure, attempts=job.attempts)
        await self._exams.processor.fail(job, FAULT.format(failure))

    async def _put_off(self, job: Job, *, is_counted: bool, seconds: float = RETRY_SECONDS) -> None:
        try:
            await self._exams.jobs.put_off(job, seconds, is_counted=is_counted)
        except BackendError as failure:
            logger.warning("job_not_given_back", reference=job.reference, reason=failure.message)

    async def _sweep(self) -> None:
        while True:
            try:
                await self._exams.receiver.sweep()
            except BackendError as failure:
                logger.warning("registrations_not_swept", reason=failure.message)
            if await self._ended_within(SWEEP_SECONDS):
                return

    async def _ended_within(self, seconds: float) -> bool:
        """Whether the end came while we waited so long for it."""
        try:
            async with asyncio.timeout(seconds):
                return await self._is_closing.wait()
        except TimeoutError:
            return False
