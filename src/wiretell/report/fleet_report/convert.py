"""From a report of many machines to its document."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from wiretell.model import fleet_report as model
from wiretell.report.fleet_check.convert import upcoming
from wiretell.report.fleet_report import document_v1 as v1
from wiretell.report.shared_v1 import NotExamined


def to_document(result: model.FleetReport) -> v1.FleetReportDocument:
    """Return the public form of a report. Pure; InternalError for what no document can hold."""
    policy = v1.Policy(source=result.policy_source, sha256=result.policy_sha256, timezone=result.timezone)
    return v1.FORM.checked(
        v1.FleetReportDocument(
            schema="wiretell/fleet-report/1",
            policy=policy if result.policy_source else None,
            on=result.on.astimezone(ZoneInfo(result.timezone)).isoformat(timespec="seconds"),
            ahead_days=result.ahead_days,
            silent_days=result.silent_days,
            machines=result.machines,
            inventories=result.inventories,
            versions=tuple(map(_version, result.spread)),
            teams=tuple(map(_team, result.teams)),
            banned=tuple(map(_banned, result.banned)),
            days=tuple(map(_day, result.days)),
            partly=tuple(v1.Partly(why=why, machines=machines) for why, machines in result.partly),
            unread=tuple(NotExamined(what=item.what, why=item.why) for item in result.unread),
            wall_s=round(result.wall_s, 3),
        )
    )


def _version(item: model.Spread) -> v1.Version:
    what, rule = item.what, item.decision.rule
    return v1.Version(
        product=what.product,
        vendor=what.vendor,
        version=what.version,
        sha256=what.sha256,
        model=what.model,
        effect=item.decision.effect,
        rule=rule.id if rule else "",
        upcoming=upcoming(item.upcoming),
        machines=item.machines,
        running=item.running,
        teams=dict(item.teams),
    )


def _team(item: model.Team) -> v1.Team:
    return v1.Team(
        name=item.name,
        machines=item.machines,
        banned=item.banned,
        warned=item.warned,
        expiring=item.expiring,
        unknown=item.unknown,
        silent=item.silent,
    )


def _banned(item: model.Item) -> v1.Banned:
    return v1.Banned(
        machine=item.machine,
        id=item.id,
        team=item.team,
        user=item.user,
        product=item.product,
        version=item.version,
        model=item.model,
        how=item.how,
        where=item.where,
        rule=item.rule,
        taken=item.taken,
    )


def _day(item: model.Day) -> v1.Day:
    return v1.Day(day=item.day.isoformat(), machines=item.machines, banned=item.banned, products=dict(item.products))
