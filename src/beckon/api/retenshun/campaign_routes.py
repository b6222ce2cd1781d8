"""Every operation on campaigns."""

from functools import partial

from beckon.api.call import Face, Route
from beckon.api.retenshun import campaigns
from beckon.api.retenshun.messages import MessageTaken
from beckon.api.retenshun.objects import Deleted

_campaign = partial(Route, face=Face.RETENSHUN, tag="Campaigns")

ROUTES = (
    _campaign(
        "POST",
        "/api/v1/campaigns",
        campaigns.create_campaign,
        "Create a campaign",
        body=campaigns.CreateCampaign,
        reply=campaigns.CampaignObject,
        example={
            "name": "Spring Sale",
            "channel": "EMAIL",
            "segmentId": "seg_1",
            "templateId": "tpl_1",
            "scheduledAt": "2026-04-01T10:00:00Z",
        },
    ),
    _campaign(
        "GET",
        "/api/v1/campaigns",
        campaigns.list_campaigns,
        "List campaigns",
        query=campaigns.CampaignsAsked,
        reply=campaigns.CampaignList,
    ),
    _campaign(
        "GET",
        "/api/v1/campaigns/{campaign_id}",
        campaigns.get_campaign,
        "Get one campaign",
        reply=campaigns.CampaignObject,
    ),
    *(
        _campaign(
            verb,
            "/api/v1/campaigns/{campaign_id}",
            campaigns.update_campaign,
            "Update a campaign",
            body=campaigns.UpdateCampaign,
            reply=campaigns.CampaignObject,
            example={"name": "Summer Sale"},
        )
        for verb in ("PUT", "PATCH")
    ),
    _campaign(
        "DELETE",
        "/api/v1/campaigns/{campaign_id}",
        campaigns.delete_campaign,
        "Delete a campaign",
        reply=Deleted,
    ),
    *(
        _campaign(
            "POST",
            f"/api/v1/campaigns/{{campaign_id}}/{verb}",
            handle,
            summary,
            reply=campaigns.CampaignObject,
        )
        for verb, handle, summary in (
            ("send", campaigns.send_campaign, "Send a campaign now"),
            ("pause", campaigns.pause_campaign, "Pause a campaign"),
            ("resume", campaigns.resume_campaign, "Go on with a paused campaign"),
            ("cancel", campaigns.cancel_campaign, "Cancel a campaign"),
        )
    ),
    _campaign(
        "POST",
        "/api/v1/campaigns/{campaign_id}/test",
        campaigns.test_campaign,
        "Send one message to try a campaign",
        body=campaigns.TestCampaign,
        reply=MessageTaken,
        example={"userId": "user_123"},
    ),
    _campaign(
        "GET",
        "/api/v1/campaigns/{campaign_id}/report",
        campaigns.get_report,
        "Recount a campaign",
        reply=campaigns.ReportObject,
    ),
    _campaign(
        "GET",
        "/api/v1/campaigns/{campaign_id}/preflight",
        campaigns.get_preflight,
        "Look ahead at what sending a campaign would do",
        reply=campaigns.PreflightObject,
    ),
)
