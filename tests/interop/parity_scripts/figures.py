"""Figures of plotly and matplotlib. Needs matplotlib, plotly."""

import os

import matplotlib as mpl
import plotly.graph_objects

import simvue

mpl.use("Agg")
import matplotlib.pyplot as plt

axes = plt.subplots()[1]
axes.plot([1, 2, 3], [1, 4, 9])
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("figures", folder="/parity/figures")
    print(run.save_object(plotly.graph_objects.Figure({"data": [{"y": [3, 4]}]}), category="output", name="plotly"))
    print(run.save_object(plt.gcf(), category="output", name="matplotlib"))
