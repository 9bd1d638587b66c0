"""The floor on Flask: the index, drawn from memory."""

from flask import Flask, render_template

from bench.floors.index import TEMPLATES, money, values

index = values()
app = Flask(__name__, template_folder=str(TEMPLATES))
app.add_template_filter(money)


@app.get("/")
def show() -> str:
    return render_template("index.html", **index)
