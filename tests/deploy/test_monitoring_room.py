"""deploy.sh keeps one channel for the operator, and its verbs that only look say what the project holds."""

import json

from local.deploy import usage
from tests.support.deploying import Tree


def test_another_operator_gets_a_channel_of_his_own_and_the_last_one_goes(again: Tree) -> None:
    before = set(again.project.of("monitoring channels"))
    text = again.settings.read_text().replace(
        "OPERATOR_ADDRESS=ops@example.org", "OPERATOR_ADDRESS=new@example.org"
    )
    again.settings.write_text(text)

    again.must("deploy")

    (channel,) = again.project.of("monitoring channels")
    assert channel not in before
    told = [policy["notificationChannels"] for policy in again.project.of("monitoring policies").values()]
    assert told
    assert all(channels == [channel] for channels in told)


def test_the_doctor_finds_the_roles_quotas_and_secrets_of_a_new_deployment_well(again: Tree) -> None:
    with again.settings.open("a") as settings:
        settings.write("SENDGRID_URL=http://127.0.0.1:9\nPUBLIC_BASE_URL=http://127.0.0.1:9\n")

    done = again.run("doctor", "--json", "--dns", "127.0.0.1:9")

    assert done.stdout, done.stderr
    found = {one["part"]: one["state"] for one in json.loads(done.stdout)}
    assert found["permissions"] == found["secrets"] == found["quota of processors"] == "well", done.stdout
    assert found["DNS"] == "not looked at"
    assert "SG.key" not in done.stdout + done.stderr


def test_the_bill_of_what_was_measured_is_asked_of_the_log(again: Tree) -> None:
    told = json.loads(again.must("cost", "--measured", "--json"))

    assert told["always_on"] == 63.42
    seconds = {one["function"]: (one["seconds"], one["basis"]) for one in told["functions"]}
    assert seconds["congressional_sync"] == (2.5, "measured: mean of 1 requests")
    assert seconds["web"] == usage.stated("web")
    asked = [call for call in again.project.calls if call.words[:2] == ("logging", "read")]
    assert (len(asked), {call.flag("freshness") for call in asked}) == (2, {"7d"})


def test_a_dry_bill_of_what_was_measured_shows_what_it_would_ask(again: Tree) -> None:
    shown = again.must("cost", "--measured", "--dry-run")

    assert 'service_name="web" AND log_id("run.googleapis.com/requests")' in shown
    assert not [call for call in again.project.calls if call.words[:2] == ("logging", "read")]
