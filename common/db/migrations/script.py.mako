"""${message}."""
<%
    import re
    operations = re.sub(r" *# ###.*\n?", "", upgrades or "pass").strip()
    tables = re.findall(r"(?s)(op\.create_table\('(\w+)'.*?)(?=\s*(?:op\.create_table|\Z))", operations)
    rest = operations[: operations.find("op.create_table")] if tables else operations
%>
import sqlalchemy as sa
from alembic import op

import common.db.types

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
% if rest.strip():
    ${rest.strip()}
% endif
% for _, name in tables:
    _create_${name}()
% endfor
% for create, name in tables:


def _create_${name}() -> None:
    ${create}
% endfor
