"""Every operation on segments and reports."""

from functools import partial

from beckon.api.call import Face, Route
from beckon.api.retenshun import reports, segments
from beckon.api.retenshun.objects import Deleted
from beckon.api.retenshun.segment_words import SegmentObject

_segment = partial(Route, face=Face.RETENSHUN, tag="Segments")
_report = partial(Route, face=Face.RETENSHUN, tag="Reports", is_outside=True)

_RULES = [{"field": "plan", "operator": "eq", "value": "pro"}]

ROUTES = (
    _segment(
        "GET",
        "/api/v1/segments",
        segments.list_segments,
        "List segments",
        query=segments.SegmentsAsked,
        reply=segments.SegmentList,
    ),
    _segment(
        "POST",
        "/api/v1/segments",
        segments.create_segment,
        "Create a segment",
        body=segments.CreateSegment,
        reply=SegmentObject,
        example={
            "name": "Power Users",
            "description": "Users with 10+ sessions",
            "rules": [{"field": "sessionCount", "operator": "gte", "value": 10}],
        },
    ),
    _segment(
        "POST",
        "/api/v1/segments/estimate",
        segments.estimate,
        "Count whom rules mean",
        body=segments.Rules,
        reply=segments.Estimate,
        is_outside=True,
        example={"rules": _RULES},
    ),
    _segment(
        "POST",
        "/api/v1/segments/explain",
        segments.explain_rules,
        "Explain rules for one user",
        body=segments.ExplainRules,
        reply=segments.ExplainedUser,
        only_looks=True,
        example={"rules": _RULES, "userId": "user_123"},
    ),
    _segment(
        "GET",
        "/api/v1/segments/{segment_id}",
        segments.get_segment,
        "Get one segment",
        reply=SegmentObject,
    ),
    *(
        _segment(
            verb,
            "/api/v1/segments/{segment_id}",
            segments.update_segment,
            "Update a segment",
            body=segments.UpdateSegment,
            reply=SegmentObject,
            example={"name": "Super Users"},
        )
        for verb in ("PUT", "PATCH")
    ),
    _segment(
        "DELETE",
        "/api/v1/segments/{segment_id}",
        segments.delete_segment,
        "Delete a segment",
        reply=Deleted,
    ),
    _segment(
        "GET",
        "/api/v1/segments/{segment_id}/explain",
        segments.explain_segment,
        "Explain a segment for one user",
        query=segments.Asked,
        reply=segments.ExplainedUser,
    ),
    _segment(
        "GET",
        "/api/v1/segments/{segment_id}/users",
        segments.list_members,
        "List the users in a segment",
        query=segments.MembersAsked,
        reply=segments.Members,
    ),
    _segment(
        "POST",
        "/api/v1/segments/{segment_id}/users",
        segments.add_members,
        "Put users on a list",
        body=segments.UserIds,
        reply=segments.MembersTaken,
        example={"userIds": ["user_123"]},
    ),
    _segment(
        "DELETE",
        "/api/v1/segments/{segment_id}/users",
        segments.remove_members,
        "Take users off a list",
        body=segments.UserIds,
        reply=Deleted,
        example={"userIds": ["user_123"]},
    ),
    _segment(
        "GET",
        "/api/v1/users/{user_id}/segments",
        segments.list_user_segments,
        "List the segments of a user",
        reply=segments.SegmentsOfUser,
    ),
    _report(
        "GET",
        "/api/v1/reports",
        reports.get_report,
        "Count what happened",
        query=reports.ReportAsked,
        reply=reports.Report,
        repeats=frozenset(["metrics"]),
    ),
    _report(
        "GET",
        "/api/v1/reports/activity",
        reports.list_activity,
        "Events and users over time",
        query=reports.ActivityAsked,
        reply=reports.Activity,
    ),
    _report(
        "GET",
        "/api/v1/reports/active-users",
        reports.list_active_users,
        "Active users by day, week and month",
        query=reports.PeriodAsked,
        reply=reports.ActiveUsers,
    ),
    _report(
        "GET",
        "/api/v1/reports/messages",
        reports.list_messages,
        "What came of messages over time",
        query=reports.PeriodAsked,
        reply=reports.Outcomes,
    ),
    _report(
        "GET",
        "/api/v1/reports/events",
        reports.list_top_events,
        "The most frequent events",
        query=reports.TopAsked,
        reply=reports.TopEvents,
    ),
    _report(
        "POST",
        "/api/v1/reports/funnel",
        reports.find_funnel,
        "How far users get through steps",
        body=reports.Funnel,
        reply=reports.FunnelReport,
        example={"steps": ["signed_up", "purchase"], "within": "7d", "range": "30d"},
    ),
    _report(
        "GET",
        "/api/v1/reports/cohorts",
        reports.list_cohorts,
        "Who comes back",
        query=reports.CohortsAsked,
        reply=reports.Cohorts,
    ),
)
