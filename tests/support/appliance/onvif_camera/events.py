"""The event service of a simulated camera: PullPoint subscriptions, in the shape that onvif_makers.yaml gives them.

    camera.detect("person", True)      what the maker's dialect of onvif_topics.yaml says for it
    camera.tell("tns1:Some/Topic", {"Item": "true"})
"""
import datetime
import itertools
import threading
import time

from onvif_camera.hands import Fault, seconds_in
from onvif_camera.words import SPACES, Xml

ACTIONS = {"CreatePullPointSubscription": "http://www.onvif.org/ver10/events/wsdl/EventPortType/CreatePullPointSubscriptionRequest",
           "GetEventProperties": "http://www.onvif.org/ver10/events/wsdl/EventPortType/GetEventPropertiesRequest",
           "PullMessages": "http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/PullMessagesRequest",
           "SetSynchronizationPoint": "http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/SetSynchronizationPointRequest",
           "Renew": "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest",
           "Unsubscribe": "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest"}
SPACE_OF_PARAMETERS = "http://www.axis.com/2009/event"
WSA = f"{{{SPACES['addressing']}}}"
MOST_WAITING = 200


class Subscription:
    """What one client has not pulled yet."""

    def __init__(self, number, ends, dies):
        self.number, self.ends, self.dies, self.waiting = number, ends, dies, []


class Events:
    """**Thread**: any."""

    def __init__(self, camera):
        self.camera, self.shape, self.words = camera, camera.shape["events"] or {}, camera.words
        self.changed = threading.Condition()
        self.subscriptions, self.numbers, self.made, self.pulls, self.renewals = {}, itertools.count(1), 0, 0, 0
        self.states = {}  # (topic, source) -> message, of what is told at the beginning

    def forget(self):
        """As a camera that starts again."""
        with self.changed:
            self.subscriptions.clear()
            self.changed.notify_all()

    def alive(self):
        now = time.monotonic()
        self.subscriptions = {key: one for key, one in self.subscriptions.items() if now < min(one.ends, one.dies)}
        return self.subscriptions

    # What it tells.
    def stamp(self, seconds=0.0, own=True):
        at = self.camera.now() + seconds
        if own and self.shape.get("utc") == "old":
            at -= 86400
        if own and self.shape.get("utc") == "nonsense":
            return "0000-00-00T00:00:00Z"
        return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + ("" if self.shape.get("utc") == "no-zone" else "Z")

    def message(self, topic, source, data, operation):
        words = self.words
        items = lambda pairs: [words.element("schema", "SimpleItem", "", Name=name, Value=value) for name, value in pairs.items()]
        more = {"PropertyOperation": operation} if operation else {}
        inner = words.element("schema", "Message", [words.element("schema", "Source", items(source)), words.element("schema", "Data", items(data))], UtcTime=self.stamp(), **more)
        return words.element("notification", "NotificationMessage", [
            words.element("notification", "Topic", topic, Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"),
            words.element("notification", "Message", [inner])])

    def tell(self, topic, data, source=None, operation="Changed", is_state=True):
        """To all subscriptions."""
        source = dict(source or {})
        with self.changed:
            for one in self.alive().values():
                if len(one.waiting) < MOST_WAITING:
                    one.waiting.append(self.message(topic, source, data, operation))
            if is_state:
                self.states[topic, tuple(source.items()), tuple(data)] = (topic, source, data)
            self.changed.notify_all()

    def greet(self, subscription):
        """How things are, once for each state."""
        if self.shape.get("greets", True):
            subscription.waiting += [self.message(topic, source, data, "Initialized") for topic, source, data in self.states.values()]

    # What it is asked.
    def answer(self, space, name, request, envelope, query):
        """-> content of the body, or None. Raises Fault."""
        if not self.shape or space not in ("events", "notification"):
            return None
        self.check(name, envelope)
        if name == "GetEventProperties" and space == "events":
            return self.properties()
        if name == "CreatePullPointSubscription" and space == "events":
            return self.subscribe(request)
        with self.changed:
            one = self.alive().get(self.number(envelope, query))
        if one is None:
            raise Fault("wsrf-rw:ResourceUnknownFault", "this subscription is not known")
        if name == "PullMessages":
            return self.pull(one, request)
        if name == "Renew" and self.shape.get("renews", True):
            one.ends = time.monotonic() + self.lease(request.findtext(f"{{{SPACES['notification']}}}TerminationTime"))
            self.renewals += 1
            return self.words.element("notification", "RenewResponse", self.times(one, "notification"))
        if name == "Unsubscribe":
            with self.changed:
                self.subscriptions.pop(one.number, None)
            return self.words.element("notification", "UnsubscribeResponse")
        if name == "SetSynchronizationPoint" and self.shape.get("sync", True):
            with self.changed:
                self.greet(one)
                self.changed.notify_all()
            return self.words.element("events", "SetSynchronizationPointResponse")
        return None

    def check(self, name, envelope):
        header = envelope.find("{http://www.w3.org/2003/05/soap-envelope}Header")
        action = header.findtext(WSA + "Action") if header is not None else None
        if action != ACTIONS.get(name) and self.shape.get("wants_action"):
            raise Fault("wsa:ActionNotSupported", f"no action {action}")
        if action and action != ACTIONS.get(name):
            self.camera.complaints.append(f"{name}: its action is {action}")

    def number(self, envelope, query):
        if self.shape.get("reference") == "parameters":
            found = envelope.find(f"{{http://www.w3.org/2003/05/soap-envelope}}Header/{{{SPACE_OF_PARAMETERS}}}SubscriptionId")
            return int(found.text) if found is not None and found.text and found.text.isdigit() else 0
        digits = "".join(letter for letter in query if letter.isdigit())
        return int(digits) if digits else 0

    def lease(self, told):
        """-> seconds"""
        takes = self.shape.get("takes", ["duration", "absolute", "none"])
        kind = "none" if not told else "duration" if told.startswith("P") else "absolute"
        if kind not in takes:
            raise Fault("wsnt:UnacceptableInitialTerminationTimeFault", f"this camera takes {' or '.join(takes)}")
        wanted = 60.0
        if kind == "duration":
            wanted = seconds_in(told)
        if kind == "absolute":
            wanted = datetime.datetime.fromisoformat(told.replace("Z", "+00:00")).timestamp() - self.camera.now()
            if not 0 < wanted < 86400:
                self.camera.complaints.append(f"a lease until {told}, which is {wanted:.0f} s from the camera's time")
        return min(wanted, self.shape.get("lease_s", 600))

    def times(self, one, space):
        if self.shape.get("tells_end", True):
            return [self.words.element("notification", "CurrentTime", self.stamp(own=False)),
                    self.words.element("notification", "TerminationTime", self.stamp(one.ends - time.monotonic(), own=False))]
        return []

    def subscribe(self, request):
        lease = self.lease(request.findtext(f"{{{SPACES['events']}}}InitialTerminationTime"))
        with self.changed:
            if len(self.alive()) >= self.shape.get("most", 8):
                raise Fault("wsnt:SubscribeCreationFailedFault", "too many subscriptions")
            one = Subscription(next(self.numbers), time.monotonic() + lease, time.monotonic() + self.shape.get("dies_s", 1e9))
            self.subscriptions[one.number] = one
            self.made += 1
            if not self.shape.get("sync", True):
                self.greet(one)
        words, kind = self.words, self.shape.get("reference", "path")
        path = {"path": f"/onvif/subscription/{one.number}", "query": f"/onvif/events_service?sub={one.number}"}.get(kind, "/onvif/events_service")
        inside = [words.element("addressing", "Address", self.camera.xaddr(path, self.shape.get("port") == "other"))]
        if kind == "parameters":
            inside.append(words.element("addressing", "ReferenceParameters", Xml(f'<dom0:SubscriptionId xmlns:dom0="{SPACE_OF_PARAMETERS}">{one.number}</dom0:SubscriptionId>')))
        return words.element("events", "CreatePullPointSubscriptionResponse", [words.element("events", "SubscriptionReference", inside), *self.times(one, "notification")])

    def pull(self, one, request):
        text = lambda name: request.findtext(f"{{{SPACES['events']}}}{name}")
        limit, wait = int(text("MessageLimit")), seconds_in(text("Timeout"))
        if limit > self.shape.get("most_messages", 100) or wait > self.shape.get("most_wait_s", 60):
            raise Fault("tev:PullMessagesFault", "more than this camera gives")
        self.pulls += 1
        until = time.monotonic() + (0 if self.shape.get("at_once") else wait)
        with self.changed:
            while not one.waiting and time.monotonic() < min(until, one.dies) and one.number in self.subscriptions:
                self.changed.wait(min(0.5, max(0.0, until - time.monotonic())))
            if self.camera.is_away():
                raise ConnectionAbortedError
            if one.number not in self.subscriptions or time.monotonic() >= one.dies:
                raise Fault("wsrf-rw:ResourceUnknownFault", "this subscription has ended")
            told, one.waiting = one.waiting[:limit], one.waiting[limit:]
        if self.shape.get("cuts") and not told:
            raise ConnectionAbortedError
        return self.words.element("events", "PullMessagesResponse", [
            self.words.element("events", "CurrentTime", self.stamp(own=False)),
            self.words.element("events", "TerminationTime", self.stamp(one.ends - time.monotonic(), own=False)), *told])

    def properties(self):
        def tree(paths):
            out = []
            for name in dict.fromkeys(path[0] for path in paths):
                inside = [path[1:] for path in paths if path[0] == name and len(path) > 1]
                mark = ' wstop:topic="true"' if [name] in paths else ""
                out.append(f'<{name}{mark}>{tree(inside)}</{name}>')
            return "".join(out)
        declare = ' xmlns:wstop="http://docs.oasis-open.org/wsn/t-1" xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:tnsaxis="http://www.axis.com/2009/event/topics" xmlns:tnssamsung="http://www.samsungcctv.com/2011/event/topics"'
        topics = [one["topic"].split("/") for one in self.camera.dialect.values()]
        return self.words.element("events", "GetEventPropertiesResponse", [
            self.words.element("notification", "FixedTopicSet", "true"), Xml(f"<wstop:TopicSet{declare}>{tree(topics)}</wstop:TopicSet>")])
