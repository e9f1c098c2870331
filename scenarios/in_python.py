"""The ten-minute path in Python: compare two scenarios, read measures, draw a figure.

Run it from anywhere: `python in_python.py FOLDER` writes the figure and its numbers into FOLDER.
"""

import sys

import localcare

results = localcare.compare(["baseline", "neighbourhood"])

# measures by year, as labelled arrays: one figure for all of Kent and Medway, or by place
beds = localcare.measure(results, "beds needed", by=[])
print("Beds needed at 92%:")
print(beds.sel(year=[2019, 2030]).to_pandas().round(0).to_string())

frail = localcare.measure(results, "people_with_moderate_or_severe_frailty")
change = (frail.sel(scenario="neighbourhood") - frail.sel(scenario="baseline")).sel(year=2030)
print("People with moderate or severe frailty, change by place in 2030:")
print(change.to_pandas().sort_values().round(0).to_string())

# money by financial year, discounted at 3.5% a year
net = localcare.measure(results, "net_cost", financial=True)
print(f"Net cost to March 2030: {float(net.sel(scenario='neighbourhood', year=2029)) / 1e6:,.0f}m")

# which of its settings make the difference
parts = localcare.drivers("neighbourhood", ["beds_needed", "policy_spend"])
print("What drives the change in beds needed:")
print(parts["beds_needed"].to_pandas().sort_values().round(1).to_string())

# a figure, with its numbers and alt text beside
drawing = localcare.figure(results, "trade_off")
print(drawing.title)
if len(sys.argv) > 1:
    for path in localcare.draw(results, sys.argv[1], ["trade_off"], formats=["png"]):
        print(path)
