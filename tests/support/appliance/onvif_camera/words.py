"""How one simulated camera writes: elements, envelopes and faults in the prefixes and the SOAP of its shape."""
from xml.sax.saxutils import escape, quoteattr

SOAP = {"1.2": "http://www.w3.org/2003/05/soap-envelope", "1.1": "http://schemas.xmlsoap.org/soap/envelope/"}
SPACES = {"device": "http://www.onvif.org/ver10/device/wsdl", "media": "http://www.onvif.org/ver10/media/wsdl",
          "media2": "http://www.onvif.org/ver20/media/wsdl", "schema": "http://www.onvif.org/ver10/schema",
          "events": "http://www.onvif.org/ver10/events/wsdl", "ptz": "http://www.onvif.org/ver20/ptz/wsdl",
          "imaging": "http://www.onvif.org/ver20/imaging/wsdl", "deviceio": "http://www.onvif.org/ver10/deviceIO/wsdl",
          "notification": "http://docs.oasis-open.org/wsn/b-2", "topics": "http://docs.oasis-open.org/wsn/t-1",
          "addressing": "http://www.w3.org/2005/08/addressing"}
PREFIXES = {"events": "tev", "ptz": "tptz", "imaging": "timg", "deviceio": "tmd", "notification": "wsnt", "topics": "wstop", "addressing": "wsa5"}


class Xml(str):
    """Text that is XML already."""


class Words:
    """**Thread**: any; it changes nothing."""

    def __init__(self, shape):
        self.shape = shape

    def prefix(self, space):
        own = self.shape["prefixes"]
        return own.get(space, PREFIXES.get(space, "") if own["device"] else "")

    def element(self, space, name, content=(), **attributes):
        """`content`: text, or a list of elements."""
        if name in self.shape["leaves_out"]:
            return ""
        prefix = self.prefix(space)
        tag = f"{prefix}:{name}" if prefix else name
        text = content if isinstance(content, Xml) else "".join(content) if isinstance(content, (list, tuple)) else escape(str(content))
        default = "" if prefix else f' xmlns="{SPACES[space]}"'
        return Xml(f"<{tag}{default}" + "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items()) + f">{text}</{tag}>")

    def envelope(self, body):
        prefix = self.shape["prefixes"]["envelope"]
        mark = prefix + ":" if prefix else ""
        is_undeclared = self.shape.get("undeclared")
        known = {self.prefix(space): uri for space, uri in SPACES.items() if self.prefix(space)}
        spaces = "" if is_undeclared else "".join(f' xmlns:{one}="{uri}"' for one, uri in known.items())
        own = "" if is_undeclared else f' xmlns{":" + prefix if prefix else ""}="{SOAP[self.shape["soap"]]}"'
        return (self.shape.get("before", "") + f'<?xml version="1.0" encoding="UTF-8"?>\n<{mark}Envelope{own}{spaces}>'
                f"<!-- {mark} --><{mark}Body>{body}</{mark}Body></{mark}Envelope>")

    def fault(self, code, reason, general="Sender"):
        prefix = self.shape["prefixes"]["envelope"]
        mark = prefix + ":" if prefix else ""
        if self.shape["soap"] == "1.1":
            return self.envelope(f"<{mark}Fault><faultcode>{code if ':' in code else mark + 'Client'}</faultcode><faultstring>{escape(reason)}</faultstring></{mark}Fault>")
        return self.envelope(f"<{mark}Fault><{mark}Code><{mark}Value>{mark}{general}</{mark}Value><{mark}Subcode><{mark}Value>{code}</{mark}Value></{mark}Subcode></{mark}Code>"
                             f'<{mark}Reason><{mark}Text xml:lang="en">{escape(reason)}</{mark}Text></{mark}Reason></{mark}Fault>')
