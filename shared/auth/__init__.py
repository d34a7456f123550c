"""Who is asking and what they may do: accounts, sessions, keys of scripts, roles."""

from shared.auth.account_pages import ROLE_WORDS
from shared.auth.account_pages import blueprint as account_pages
from shared.auth.accounts import COLLECTIONS, ROLES, hash_key, load_file, names, same_key
from shared.auth.actors import Actor, WrongKey, act_as, actor, basic, bearer
from shared.auth.administration import COMMANDS, SHORTEST_PASSWORD, disable, enable, give_key, set_password
from shared.auth.codes import WrongCode, check_code
from shared.auth.pages import api, blueprint
from shared.auth.roles import may_see_office, refuse, require, require_office

__all__ = [
    "COLLECTIONS",
    "COMMANDS",
    "ROLES",
    "ROLE_WORDS",
    "SHORTEST_PASSWORD",
    "Actor",
    "WrongCode",
    "WrongKey",
    "account_pages",
    "act_as",
    "actor",
    "api",
    "basic",
    "bearer",
    "check_code",
    "blueprint",
    "disable",
    "enable",
    "give_key",
    "hash_key",
    "load_file",
    "may_see_office",
    "names",
    "refuse",
    "require",
    "require_office",
    "same_key",
    "set_password",
]
