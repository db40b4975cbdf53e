#!/usr/bin/python3
"""A real RTSP server (GStreamer) on 127.0.0.1: rtsp-server.py PORT"""
import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
server = GstRtspServer.RTSPServer.new()
server.set_address('127.0.0.1')
server.set_service(sys.argv[1])
audio = GstRtspServer.RTSPMediaFactory.new()
audio.set_launch('( audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay0 pt=8 )')
audio.set_shared(True)
server.get_mount_points().add_factory('/audio', audio)
server.attach(None)
GLib.MainLoop().run()
