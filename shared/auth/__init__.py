"""Who is asking and what they may do: accounts, sessions, keys of scripts, roles."""

from shared.auth.accounts import (
    COLLECTIONS,
    ROLES,
    disable,
    enable,
    give_key,
    hash_key,
    load_file,
    same_key,
    set_password,
)
from shared.auth.actors import Actor, act_as, actor, basic, bearer
from shared.auth.pages import api, blueprint
from shared.auth.roles import may_see_office, refuse, require, require_office

__all__ = [
    "COLLECTIONS",
    "ROLES",
    "Actor",
    "act_as",
    "actor",
    "api",
    "basic",
    "bearer",
    "blueprint",
    "disable",
    "enable",
    "give_key",
    "hash_key",
    "load_file",
    "may_see_office",
    "refuse",
    "require",
    "require_office",
    "same_key",
    "set_password",
]
