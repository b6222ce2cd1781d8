"""P12: Liquid rendering against python-liquid, one row for each construct, and a whole mail.

    python benchmarks/p12_liquid.py

Prints microseconds a rendering of ours and of python-liquid in the same run, interleaved, and the
ratio; the target is 5. The output of both is compared first, byte for byte.
"""

import time

from liquid import Environment

from beckon.languages.liquid import compile_template

ROUNDS = 9
SECONDS = 0.05
RATIO_WANTED = 5.0

ROW = "<tr><td>{{ forloop.index }}</td><td>{{ item.name }}</td><td>{{ item.price }}</td></tr>\n"
PARAGRAPH = "<p>" + "A few words about tea, mugs and pots, as long as they take. " * 20 + "</p>\n"
TEMPLATES = {
    "{{ path }}": "Hello {{ user.name }}, {{ id }} of {{ order.total }} goes to {{ user.town }}",
    "to escape": "Hello {{ user.name }}, {{ user.firm }}, {{ user.town }}",
    "if": "{% if user.vip %}VIP{% elsif n > 3 %}many{% else %}few{% endif %}"
    "{% if company == 'Acme' %} at Acme{% endif %}",
    "for": "{% for item in items %}" + ROW + "{% endfor %}",
    "default": "Hi {{ nick | default: 'friend' }}, {{ user.name | default: 'x' }}",
    "a mail": "<h1>Hi {{ user.name | default: 'friend' }}</h1>\n"
    + PARAGRAPH
    + "{% if items.size > 0 %}<table>{% for item in items %}"
    + ROW
    + "{% endfor %}</table>{% endif %}\n{{ user.town | upcase }}",
}
DATA = {
    "user": {"name": "Ann", "vip": False, "town": "Kyiv", "firm": "O'Neil & Sons"},
    "order": {"total": 12.5},
    "company": "Acme",
    "id": 12,
    "n": 5,
    "items": [{"name": f"Tea {n}", "price": 11.5 + n} for n in range(10)],
}


def best_microseconds(renders):
    """Give the best time of each, taken in turns so that noise meets all alike."""
    best = [float("inf")] * len(renders)
    for _ in range(ROUNDS):
        for place, render in enumerate(renders):
            count, began = 0, time.perf_counter()
            while (taken := time.perf_counter() - began) < SECONDS:
                for _ in range(50):
                    render(DATA)
                count += 50
            best[place] = min(best[place], taken / count * 1e6)
    return best


def main():
    print(f"{'construct':12} {'for':5} {'ours µs':>9} {'python-liquid µs':>17} {'ratio':>6}")
    missed = []
    for html in (False, True):
        environment = Environment(autoescape=html)
        for name, source in TEMPLATES.items():
            ours, theirs = compile_template(source, html=html), environment.from_string(source)
            assert ours.engine == "compiled"
            assert ours.render(DATA) == str(theirs.render(DATA))
            mine, yardstick = best_microseconds([ours.render, theirs.render])
            ratio = yardstick / mine
            kind = "html" if html else "text"
            print(f"{name:12} {kind:5} {mine:9.2f} {yardstick:17.2f} {ratio:6.1f}")
            if ratio < RATIO_WANTED:
                missed.append(f"{name} ({kind})")
    print(f"target {RATIO_WANTED:g} missed by: {', '.join(missed) or 'none'}")


if __name__ == "__main__":
    main()
