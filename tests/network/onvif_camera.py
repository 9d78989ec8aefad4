#!/usr/bin/env python3
"""Answers WS-Discovery as an ONVIF camera does, on all networks of this machine or network namespace, until it is ended.

  onvif_camera.py ADDRESS NAME        ADDRESS: its own, which it puts into its answer
"""
import re
import socket
import struct
import sys

GROUP, PORT = "239.255.255.250", 3702


def answer(message_id, address, name):
    return (f'<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
            ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
            ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
            f"<a:RelatesTo>{message_id}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>"
            f"<a:EndpointReference><a:Address>urn:uuid:{name}-0001</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types>"
            f"<d:Scopes>onvif://www.onvif.org/name/{name} onvif://www.onvif.org/hardware/IPC-7</d:Scopes>"
            f"<d:XAddrs>http://{address}/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>")


def main():
    address, name = sys.argv[1:]
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", PORT))
    server.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(address)))
    print("ready", flush=True)
    while True:
        probe, sender = server.recvfrom(65536)
        found = re.search(rb"MessageID[^>]*>\s*([^<\s]+)", probe)
        if found and b"Probe" in probe:
            print(f"probe from {sender[0]}", flush=True)
            server.sendto(answer(found[1].decode(), address, name).encode(), sender)


if __name__ == "__main__":
    main()
