"""The kind of a mail or an alarm in a column of its own, beside the name that keeps two of a kind apart."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MAILS = ("receipt", "owner", "shipped", "failed", "late", "refunded", "alarms")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("mail_kind", sa.String(20)))
    op.add_column("outbox", sa.Column("repetition", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("alarms", sa.Column("alarm_kind", sa.String(20)))
    outbox = sa.table("outbox", sa.column("kind"), sa.column("mail_kind"))
    for kind in MAILS:
        named = (outbox.c.kind == kind) | outbox.c.kind.startswith(f"{kind}-")
        op.execute(outbox.update().where(named).values(mail_kind=kind))
    alarms = sa.table("alarms", sa.column("kind"), sa.column("alarm_kind"))
    about_a_mail = alarms.c.kind.startswith("mail ")
    op.execute(alarms.update().values(alarm_kind=sa.case((about_a_mail, "mail"), else_=alarms.c.kind)))
