"""The sandbox's learners: the same for the same seed, with progress that follows from what they have viewed."""

from pathlib import Path

from sqlalchemy import select

from datasources.calls import Limits
from datasources.learning_store.records import LearningStatus
from datasources.learning_store.store import LearningStore
from datasources.learning_store.tables import ENROLMENT, TABLES
from datasources.migrations.chain import Chain
from datasources.sandbox.learning import BEGINS, LEARNER, LEARNERS, fill_sandbox_learning, sandbox_learning
from datasources.stores import Store


async def filled(path: Path, seed: int, *, anew: bool = False) -> dict[str, list[object]]:
    """What a store holds once it is filled, anew or not."""
    store = Store("LEARNING", f"sqlite+aiosqlite:///{path}", Limits(deadline_seconds=20))
    await Chain(store).run()
    store.open()
    await fill_sandbox_learning(store, seed, anew=anew)
    held = {name: list(await store.database.rows(select(table), {})) for name, table in TABLES.tables.items()}
    await store.close()
    return held


def unmarked(held: dict[str, list[object]]) -> dict[str, list[object]]:
    """Without the marks, which differ after each change."""
    return {
        name: [tuple(row)[:-1] if name == ENROLMENT.name else row for row in rows]  # type: ignore[call-overload]
        for name, rows in held.items()
    }


async def test_the_same_seed_makes_the_same_learners(tmp_path: Path) -> None:
    first = await filled(tmp_path / "1.sqlite", 1)
    assert unmarked(await filled(tmp_path / "2.sqlite", 1)) == unmarked(first)
    assert unmarked(await filled(tmp_path / "3.sqlite", 2)) != unmarked(first)


async def test_it_is_filled_once_unless_it_is_asked_anew(tmp_path: Path) -> None:
    held = await filled(tmp_path / "1.sqlite", 1)
    assert await filled(tmp_path / "1.sqlite", 2) == held
    assert unmarked(await filled(tmp_path / "1.sqlite", 2, anew=True)) == unmarked(
        await filled(tmp_path / "2.sqlite", 2)
    )


async def test_what_its_learners_are(tmp_path: Path) -> None:
    await filled(tmp_path / "1.sqlite", 1)
    store = Store("LEARNING", f"sqlite+aiosqlite:///{tmp_path / '1.sqlite'}", Limits(deadline_seconds=20))
    learning = LearningStore(store, lambda: BEGINS)
    learning.open()
    rows = sandbox_learning(1)
    learners = list(dict.fromkeys(row["learner_id"] for row in rows["learning_enrolment"]))
    assert len(learners) == LEARNERS == 50
    found = await learning.reader.enrolments_by_learner(learners)
    own = [(each.collection_id, each.context_id, each.progress_percent) for each in found[LEARNER]]
    assert own == [("collection_123", "context_123", 0), ("collection_456", "context_456", 0)]
    everybody = [each for several in found.values() for each in several]
    assert {each.status for each in everybody} == set(LearningStatus)
    for each in everybody:
        views = (await learning.reader.statuses_by_enrolment([each.key])).get(each.key, [])
        done = {view.content_id for view in views if view.status is LearningStatus.COMPLETED}
        leaves = [
            row["content_id"]
            for row in rows["learning_leaf"]
            if row["collection_id"] == each.collection_id and not row["is_optional"]
        ]
        assert each.progress_percent == 100 * len(done & set(leaves)) // len(leaves)
        assert each.collection is not None
        contexts = {row["context_id"]: row["collection_id"] for row in rows["learning_context"]}
        assert contexts[each.context_id] == each.collection_id
    await learning.close()
