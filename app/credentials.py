"""What one asks a sandbox with: a token or a client for each surface."""

from collections.abc import Mapping
from typing import Any

from app.auth import development_token
from app.event_tokens import event_token
from app.sandbox import SandboxFiles
from app.settings import Settings
from app.viewer_tokens import learner_token
from resolvers.access import EVERY_ORGANISATION


def sandbox_credentials(
    settings: Settings, lifetime_seconds: int, learner: str | None = None
) -> Mapping[str, Mapping[str, Any]]:
    """The members that each surface wants, by its name. Tokens are new ones, with every scope; `learner`'s, if given.

    Raises ConfigurationProblem when there is no sandbox in the data directory yet.
    """
    files = SandboxFiles(settings.data_dir)
    kept = files.read_credentials()
    if "viewer" not in kept:  # the sandbox was made by a version that had none
        files.prepare()
        kept = files.read_credentials()
    learner = kept["viewer"]["user_id"] if learner is None else learner
    made = development_token(
        files.development_key, settings.auth, lifetime_seconds=lifetime_seconds, organisations=(EVERY_ORGANISATION,),
        learner=learner,
    )  # fmt: skip
    user_token = learner_token(files.development_key, settings.viewer, learner, lifetime_seconds=lifetime_seconds)
    key = settings.events.hs256_key
    events = event_token(
        settings.events, key.get_secret_value() if key else files.read_events_key(), lifetime_seconds=lifetime_seconds
    )
    eksamen = {"token": files.read_eksamen_token(), "organisations": [EVERY_ORGANISATION]}
    viewer = {"authorization": kept["viewer"]["authorization"], "user_token": user_token, "user_id": learner}
    return {"graphql": {"token": made}, **kept, "eksamen": eksamen, "events": {"token": events}, "viewer": viewer}
