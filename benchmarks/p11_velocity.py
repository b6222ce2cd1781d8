"""P11: Velocity rendering against string joining, airspeed and Apache Velocity on a warm JVM.

    python benchmarks/p11_velocity.py [--velocity-classpath A.jar:B.jar]

Three mails: six quiet references; an order with a loop over ten items; 40 KB with ten references.
Prints renderings per CPU second of ours, of each yardstick in the same run, and the ratio. A
yardstick that is not installed is named as absent; Debian's package is `velocity` (1.7). The
JVM's compiler and collector work on other threads and are not counted against it.
"""

import argparse
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from beckon.languages.velocity import compile_template

ROUNDS = 15
ROUND_SECONDS = 0.05
DEBIAN_JARS = ("velocity", "commons-collections3", "commons-lang")

STYLE = "body{font-family:Arial;color:#222}"
SIX = f"""<html><head><style>{STYLE}</style></head>
<body>
<h1>Hello $!data.get('firstName') $!data.get('lastName')</h1>
<p>Your discount is <b>$!data.get('discount')</b> until $!data.get('until').</p>
<p>Sent to $!data.get('email')</p>
<p><a href="https://shop.example/sale?c=$!data.get('code')">Shop now</a></p>
</body></html>
"""
ORDER = f"""<html><head><style>{STYLE}</style></head>
<body>
<h1>Order $!data.get('number')</h1>
#if($data.get('paid').equals('1'))<p>Thank you for paying.</p>#else<p>Please pay.</p>#end
<table>
#foreach($item in $data.get('items'))
  <tr><td>$foreach.count</td><td>$!item.get('name')</td><td>$!item.get('sku')</td>
  <td>$!item.get('qty')</td><td>$!item.get('price')</td></tr>
#end
</table>
</body></html>
"""
PARAGRAPH = "<p>" + "A few words about tea, mugs and pots, as long as they take. " * 66 + "</p>\n"
LARGE = "".join(f"<h2>$!data.get('f{n}')</h2>\n{PARAGRAPH}" for n in range(10))

PERSON = {
    "firstName": "Ann",
    "lastName": "Smith",
    "discount": "5%",
    "until": "31/12",
    "email": "ann@example.com",
    "code": "A-1",
}
ITEMS = [{"name": f"Tea {n}", "sku": f"T-{n:04d}", "qty": n, "price": 11.5 + n} for n in range(10)]
PURCHASE = {"number": "1001", "paid": "1", "items": ITEMS}
FIELDS = {f"f{n}": f"Headline {n}" for n in range(10)}


def join_pieces(source: str, data: dict[str, object]) -> Callable[[], str]:
    """Write by hand what a template without directives comes to: look up, then join."""
    pieces: list[str] = []
    for part in source.split("$!data.get('"):
        name, found, rest = part.partition("')")
        pieces += [name, rest] if found and pieces else [part]
    texts, names = pieces[::2], pieces[1::2]
    if len(texts) != len(names) + 1:
        texts, names = [pieces[0], *pieces[2::2]], pieces[1::2]

    def render() -> str:
        out = [texts[0]]
        for name, text in zip(names, texts[1:], strict=True):
            out += (str(data[name]), text)
        return "".join(out)

    return render


def join_order() -> str:
    """Write the order mail by hand."""
    data = PURCHASE
    out = [f"<html><head><style>{STYLE}</style></head>\n<body>\n<h1>Order ", str(data["number"])]
    out.append("</h1>\n")
    paid = "<p>Thank you for paying.</p>" if data["paid"] == "1" else "<p>Please pay.</p>"
    out += (paid, "<table>\n")
    for count, item in enumerate(ITEMS, 1):
        out += (
            "  <tr><td>", str(count), "</td><td>", str(item["name"]), "</td><td>",
            str(item["sku"]), "</td>\n  <td>", str(item["qty"]), "</td><td>",
            str(item["price"]), "</td></tr>\n",
        )  # fmt: skip
    out.append("</table>\n</body></html>\n")
    return "".join(out)


MAILS = {
    "six references": (SIX, PERSON, join_pieces(SIX, PERSON)),
    "order, 10 items": (ORDER, PURCHASE, join_order),
    "40 KB": (LARGE, FIELDS, join_pieces(LARGE, FIELDS)),
}

JAVA = """
import java.io.*; import java.nio.file.*; import java.util.*; import java.util.function.*;
import org.apache.velocity.*; import org.apache.velocity.app.*;
import org.apache.velocity.runtime.*; import org.apache.velocity.runtime.parser.node.*;
public class Bench {
  static Map<String,Object> data(String name) {
    Map<String,Object> d = new LinkedHashMap<>();
    if (name.equals("40 KB")) for (int n = 0; n < 10; n++) d.put("f" + n, "Headline " + n);
    else if (name.startsWith("order")) {
      List<Object> items = new ArrayList<>();
      for (int n = 0; n < 10; n++) {
        Map<String,Object> i = new LinkedHashMap<>();
        i.put("name", "Tea " + n); i.put("sku", String.format("T-%04d", n));
        i.put("qty", n); i.put("price", 11.5 + n); items.add(i);
      }
      d.put("number", "1001"); d.put("paid", "1"); d.put("items", items);
    } else {
      d.put("firstName", "Ann"); d.put("lastName", "Smith"); d.put("discount", "5%");
      d.put("until", "31/12"); d.put("email", "ann@example.com"); d.put("code", "A-1");
    }
    return d;
  }
  public static void main(String[] a) throws Exception {
    Velocity.setProperty("runtime.log.logsystem.class",
        "org.apache.velocity.runtime.log.NullLogChute");
    Velocity.init();
    for (String file : a) {
      Path path = Path.of(file);
      String name = path.getFileName().toString().replace(".vm", "");
      RuntimeServices services = RuntimeSingleton.getRuntimeServices();
      Template template = new Template();
      template.setRuntimeServices(services);
      template.setData(services.parse(new StringReader(Files.readString(path)), name));
      template.initDocument();
      Map<String,Object> data = data(name);
      Supplier<String> render = () -> {
        VelocityContext context = new VelocityContext(); context.put("data", data);
        StringWriter out = new StringWriter(); template.merge(context, out); return out.toString();
      };
      long until = System.nanoTime() + 3_000_000_000L;
      while (System.nanoTime() < until) render.get();
      double best = 0;
      java.lang.management.ThreadMXBean cpu =
          java.lang.management.ManagementFactory.getThreadMXBean();
      for (int round = 0; round < 15; round++) {
        long start = cpu.getCurrentThreadCpuTime(), count = 0;
        while (cpu.getCurrentThreadCpuTime() - start < 50_000_000L) {
          for (int n = 0; n < 20; n++) render.get();
          count += 20;
        }
        best = Math.max(best, count * 1e9 / (cpu.getCurrentThreadCpuTime() - start));
      }
      System.out.println(name + "\\t" + best);
    }
  }
}
"""


def race(runners: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Run all in turn, many short rounds each; answer the best rate of each, per CPU second."""
    best = dict.fromkeys(runners, 0.0)
    for _ in range(ROUNDS):
        for name, run in runners.items():
            count, start = 0, time.process_time()
            while (passed := time.process_time() - start) < ROUND_SECONDS:
                for _ in range(20):
                    run()
                count += 20
            best[name] = max(best[name], count / passed)
    return best


def airspeed_merges() -> dict[str, Callable[[], object]] | None:
    try:
        airspeed = importlib.import_module("airspeed")
    except ImportError:
        return None
    merges = {}
    for name, (source, data, _) in MAILS.items():
        template = airspeed.Template(source)
        merges[name] = lambda t=template, d=data: t.merge({"data": d})
    return merges


def debian_classpath() -> str | None:
    jars = [Path("/usr/share/java") / f"{jar}.jar" for jar in DEBIAN_JARS]
    return ":".join(map(str, jars)) if jars[0].exists() else None


def velocity_rates(classpath: str | None) -> dict[str, float] | None:
    if classpath is None or shutil.which("javac") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, (source, _, _) in MAILS.items():
            path = Path(folder) / f"{name}.vm"
            path.write_text(source)
            files.append(str(path))
        (Path(folder) / "Bench.java").write_text(JAVA)
        subprocess.run(["javac", "-nowarn", "-cp", classpath, f"{folder}/Bench.java"], check=True)
        ran = subprocess.run(
            ["java", "-cp", f"{classpath}:{folder}", "Bench", *files],
            check=True,
            capture_output=True,
            text=True,
        )
    rows = (line.split("\t") for line in ran.stdout.splitlines())
    return {name: float(rate) for name, rate in rows}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--velocity-classpath", default=debian_classpath())
    arguments.add_argument("--json", action="store_true", help="print one JSON object instead")
    given = arguments.parse_args()
    airspeed = airspeed_merges()
    ours, joins, others, compiling = {}, {}, {}, {}
    for name, (source, data, join) in MAILS.items():
        template = compile_template(source)
        assert template.render({"data": data}) == join(), f"{name}: the yardstick prints otherwise"
        runners = {
            "ours": lambda t=template, d={"data": data}: t.render(d),
            "join": join,
            "compile": lambda s=source: compile_template(s),
        }
        if airspeed is not None:
            runners["airspeed"] = airspeed[name]
        rates = race(runners)
        ours[name], joins[name] = rates["ours"], rates["join"]
        compiling[name] = 1000 / rates["compile"]
        others[name] = rates.get("airspeed", 0.0)
    yardsticks = {
        '"".join': (joins, 0.5),
        "airspeed": (others if airspeed is not None else None, 10.0),
        "Apache Velocity": (velocity_rates(given.velocity_classpath), 0.8),
    }
    if given.json:
        rates = {name: rates for name, (rates, _) in yardsticks.items()}
        print(json.dumps({"ours": ours, "compile_ms": compiling, **rates}))
        return
    print_table(ours, compiling, yardsticks)


def print_table(
    ours: dict[str, float],
    compiling: dict[str, float],
    yardsticks: dict[str, tuple[dict[str, float] | None, float]],
) -> None:
    print(
        f"{'mail':<17}{'yardstick':<17}{'ours/s':>12}{'yardstick/s':>13}{'ratio':>8}{'target':>8}"
    )
    missed = False
    for yardstick, (rates, target) in yardsticks.items():
        if rates is None:
            print(f"{'':<17}{yardstick}: absent, not measured")
            continue
        for name, rate in ours.items():
            ratio = rate / rates[name]
            missed |= ratio < target
            row = f"{rate:>12,.0f}{rates[name]:>13,.0f}{ratio:>8.2f}{target:>8}"
            print(f"{name:<17}{yardstick:<17}{row}{'' if ratio >= target else '  missed'}")
    print("compiling, ms:", ", ".join(f"{name} {ms:.1f}" for name, ms in compiling.items()))
    sys.exit(missed)


if __name__ == "__main__":
    main()
