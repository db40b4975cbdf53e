#!/usr/bin/python3
"""A real RTSP server (GStreamer) on 127.0.0.1: rtsp-server.py PORT [basic|digest [CERTIFICATE KEY]]

With a login (user eve, password sesame) it is wanted for every request but OPTIONS.
"""
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer

port, login = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ''
pair = sys.argv[3:]
Gst.init(None)
server = GstRtspServer.RTSPServer.new()
server.set_address('127.0.0.1')
server.set_service(port)
audio = GstRtspServer.RTSPMediaFactory.new()
audio.set_launch('( audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay0 pt=8 )')
audio.set_shared(True)
if login:
    auth = GstRtspServer.RTSPAuth.new()
    token = GstRtspServer.RTSPToken.new()
    token.set_string('media.factory.role', 'user')
    if login == 'digest':
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest('eve', 'sesame', token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic('eve', 'sesame'), token)
    if pair:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(*pair))
    permissions = GstRtspServer.RTSPPermissions.new()
    permissions.add_role('user')
    permissions.add_permission_for_role('user', 'media.factory.access', True)
    permissions.add_permission_for_role('user', 'media.factory.construct', True)
    audio.set_permissions(permissions)
    server.set_auth(auth)
server.get_mount_points().add_factory('/audio', audio)
server.attach(None)
GLib.MainLoop().run()
