"""Graphs as SVG and as the same figures in words. Pure: knows no record, no request and no language."""

from firmware.webadmin.graphs.bars import Column, bars
from firmware.webadmin.graphs.frame import Mark
from firmware.webadmin.graphs.graph import Graph, Key
from firmware.webadmin.graphs.lines import Curve, Point, curves
from firmware.webadmin.graphs.spans import Stretch, Strip, strips

__all__ = ["Column", "Curve", "Graph", "Key", "Mark", "Point", "Stretch", "Strip", "bars", "curves", "strips"]
