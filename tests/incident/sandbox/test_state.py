"""Whatever is asked in whatever order, an open key is open once and every page has its reason."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from incident.sandbox.asking import Asker

KEYS = st.sampled_from(["A", "B", "C"])


class Account(RuleBasedStateMachine):
    """Beside the account stands what must hold in it: which keys are open, and how many pages there were."""

    def __init__(self) -> None:
        super().__init__()
        self.asker = Asker()
        self.open_keys: dict[str, str] = {}
        self.pages = 0

    @rule(key=KEYS)
    def open(self, key):
        assert self.asker.open(key).status == (400 if key in self.open_keys else 201)
        self._trigger(key)

    @rule(key=KEYS)
    def trigger(self, key):
        assert self.asker.event("trigger", key).status == 202
        self._trigger(key)

    @rule(key=KEYS)
    def acknowledge(self, key):
        assert self.asker.event("acknowledge", key).status == 202
        if key in self.open_keys:
            self.open_keys[key] = "acknowledged"

    @rule(key=KEYS)
    def resolve(self, key):
        assert self.asker.event("resolve", key).status == 202
        self.open_keys.pop(key, None)

    @rule(key=KEYS, status=st.sampled_from(["acknowledged", "resolved"]))
    def put(self, key, status):
        latest = [one for one in self.asker.account.incidents.values() if one.key == key]
        if not latest:
            return
        is_new = key in self.open_keys and status != self.open_keys[key]
        assert self.asker.put(latest[-1].id, status=status).status == (200 if is_new else 400)
        if is_new and status == "resolved":
            del self.open_keys[key]
        elif is_new:
            self.open_keys[key] = status

    @invariant()
    def an_open_key_is_open_once(self):
        found = [(one.key, one.status) for one in self.asker.account.incidents.values() if one.is_open]
        assert sorted(found) == sorted(self.open_keys.items())

    @invariant()
    def every_page_is_an_incident_and_every_incident_a_page(self):
        assert len(self.asker.account.pages) == len(self.asker.account.incidents) == self.pages

    def _trigger(self, key):
        if key not in self.open_keys:
            self.open_keys[key] = "triggered"
            self.pages += 1


TestAccount = Account.TestCase
TestAccount.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
