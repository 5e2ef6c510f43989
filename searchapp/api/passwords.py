"""The password of the server, tokens for scripts, and what slows down guessing.

Neither password nor tokens are kept in memory as they are: scrypt for what a person thought up,
SHA-256 for what is random already. All comparisons take the same time whatever is wrong.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Lock

from searchapp.errors import PasswordHashInvalid

# scrypt: 16 MiB and some 50 ms a try (RFC 7914, OWASP password storage, 2025).
_COST, _BLOCK, _LANES = 2**14, 8, 1
_SCRYPT = "scrypt:"
_SHA = "sha256:"
FREE_TRIES = 5
LONGEST_WAIT = 900.0
_CLIENTS_KEPT = 10_000
SESSION_SECONDS = 7 * 86_400.0
IDLE_SECONDS = 12 * 3_600.0
_SESSIONS_KEPT = 1_000

Clock = Callable[[], float]


def make_token() -> tuple[str, str]:
    """A new token for scripts, and the `sha256:HEX` of it that SEARCHAPP_TOKENS takes."""
    token = secrets.token_urlsafe(32)
    return token, f"{_SHA}{_sha(token)}"


def hash_password(password: str, salt: bytes | None = None) -> str:
    """`scrypt:SALT:HASH`, which SEARCHAPP_AUTH takes in place of the password."""
    salt = secrets.token_bytes(16) if salt is None else salt
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=2**26)
    return f"{_SCRYPT}{_text(salt)}:{_text(digest)}"


def is_hash(text: str) -> bool:
    """Whether a text says of itself that it was made by `hash_password`."""
    return text.startswith(_SCRYPT)


class Password:
    """Checks a password against one that was given plain or as `hash_password` makes it.

    Raises PasswordHashInvalid for a `scrypt:` text that nobody made so.
    """

    def __init__(self, plain_or_hash: str) -> None:
        given = plain_or_hash
        self._hash = given if is_hash(given) else hash_password(given)
        try:
            _, salt, digest = self._hash.split(":")
            self._salt = base64.urlsafe_b64decode(salt)
            base64.urlsafe_b64decode(digest)
        except ValueError as error:
            raise PasswordHashInvalid from error

    def matches(self, password: str) -> bool:
        """Whether this is the password; takes the same time either way."""
        return hmac.compare_digest(hash_password(password, self._salt), self._hash)


class Tokens:
    """Tokens for scripts, given plain or as `sha256:HEX`."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._hashes = tuple(
            token.removeprefix(_SHA) if token.startswith(_SHA) else _sha(token) for token in tokens
        )

    def match(self, token: str) -> bool:
        """Whether this is one of them."""
        offered = _sha(token)
        matches = [hmac.compare_digest(offered, known) for known in self._hashes]
        return any(matches)


@dataclass
class _Session:
    begun: float
    used: float


class Sessions:
    """Who has given the password lately; only hashes of the tokens are kept."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sessions: dict[str, _Session] = {}

    def begin(self) -> str:
        """A new session's token."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            self._forget_old(now)
            while len(self._sessions) >= _SESSIONS_KEPT:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[_sha(token)] = _Session(now, now)
        return token

    def is_open(self, token: str) -> bool:
        """Whether the token belongs to a session that has not expired."""
        now = self._clock()
        with self._lock:
            session = self._sessions.get(_sha(token))
            if session is None or _is_old(session, now):
                return False
            session.used = now
            return True

    def end(self, token: str) -> None:
        """Forget the session."""
        with self._lock:
            self._sessions.pop(_sha(token), None)

    def _forget_old(self, now: float) -> None:
        self._sessions = {
            key: session for key, session in self._sessions.items() if not _is_old(session, now)
        }


class Guesses:
    """Wrong passwords by client: after a few, each must wait twice as long as the one before."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._wrong: dict[str, tuple[int, float]] = {}

    def begin(self, client: str) -> float:
        """Seconds until this client may try again; 0 when it may now.

        The try counts as wrong from here on, so that many at once are not many free ones.
        """
        with self._lock:
            now = self._clock()
            wrong, last = self._wrong.pop(client, (0, now))
            pause = 0.0
            if wrong >= FREE_TRIES:
                pause = min(2.0 ** min(wrong - FREE_TRIES, 60), LONGEST_WAIT)
            left = max(0.0, last + pause - now)
            while len(self._wrong) >= _CLIENTS_KEPT:
                self._wrong.pop(next(iter(self._wrong)))
            self._wrong[client] = (wrong, last) if left > 0 else (wrong + 1, now)
            return left

    def forgive(self, client: str) -> None:
        """The try was right: all its wrong ones are forgotten."""
        with self._lock:
            self._wrong.pop(client, None)


def _is_old(session: _Session, now: float) -> bool:
    return now - session.begun > SESSION_SECONDS or now - session.used > IDLE_SECONDS


def _sha(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
