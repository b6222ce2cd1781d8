"""Templates that try to reach Python, the machine, or another contact: none gets anywhere."""

import time
from collections import OrderedDict

import pytest

from beckon.languages.velocity import TemplateError, compile_template


class Account:
    """A Python object with something to hide."""

    secret = "TOPSECRET"

    def get(self, _name):
        return self.secret

    def __str__(self):
        return self.secret

    def __getitem__(self, _key):
        return self.secret

    def __iter__(self):
        return iter([self.secret])


DATA = {
    "s": "text",
    "n": 7,
    "d": 1.5,
    "l": [1, 2],
    "m": {"k": "v"},
    "t": True,
    "code": "#set($x=1)$data %EMAIL% {{ s }}",
}

PRINTED_AS_WRITTEN = [
    "$s.__class__",
    "$s.__class__.__mro__[1].__subclasses__()",
    "$s.__class__.__base__",
    "$n.__add__(1)",
    "$l.__len__()",
    "$l.__class__.__init__.__globals__",
    "$m.__dict__",
    "$m.items()",
    "$m.pop('k')",
    "$l.append(1)",
    "$l.extend([1])",
    "$s.format_map({'a':1})",
    "$s.encode('utf-8')",
    "$s.join.__func__",
    "$s.class.forName('java.lang.Runtime')",
    "$s.getClass().getClassLoader()",
    "$s.class.classLoader",
    "$s.class.getMethods()",
    "$s.getClass().newInstance()",
    "$d.as_integer_ratio()",
    "$n.real",
    "$n.to_bytes(2)",
    "$t.real",
    "$run",
    "$names",
    "$out",
    "$call",
    "$__builtins__",
    "$RUNTIME",
    "$run.setting.limits",
    "$mathTool.__class__",
    "$mathTool",
    "$dateTool.strftime('%Y')",
    "$esc.__init__",
    "$number._PATTERNS",
    "$sorter.__module__",
    "$self",
    "$request.session",
    "$application.getRealPath('/')",
    "$s.getBytes().getClass().__name__",
    "$m.entrySet().iterator().next().map",
    "$foreach.items",
]


@pytest.mark.parametrize("source", PRINTED_AS_WRITTEN)
def test_what_is_not_listed_does_not_exist(source):
    started = time.thread_time()
    assert compile_template(source).render(DATA) == source
    assert time.thread_time() - started < 2


INSIDE_LOOPS = [
    "$foreach.parent.parent",
    "$foreach.__class__",
    "$foreach.stored",
    "$foreach.step()",
]


@pytest.mark.parametrize("source", INSIDE_LOOPS)
def test_a_loop_gives_nothing_but_where_it_stands(source):
    loop = f"#foreach($i in [1..1]){source}#end"
    assert compile_template(loop).render(DATA) == source


NO_SUCH_SNIPPET = [
    "../../etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "http://127.0.0.1/",
    "",
    ".",
]


@pytest.mark.parametrize("name", NO_SUCH_SNIPPET)
@pytest.mark.parametrize("directive", ["parse", "include"])
def test_files_and_addresses_are_no_snippets(directive, name):
    with pytest.raises(TemplateError) as caught:
        compile_template(f"#{directive}('{name}')", snippets={"a": "b"}).render({})
    assert caught.value.kind == "resource"


PYTHON_IN_DISGUISE = [
    "#set($q=\"');import os;('\")$q",
    '#set($q=\'"+__import__("os").getcwd()+"\')$q',
    "#set($q='{run.setting}')$q",
    "#set($q='%(run)s %s')$q",
    "#set($q='\\N{DIGIT ONE}\\x41\\101')$q",
]


@pytest.mark.parametrize("source", PYTHON_IN_DISGUISE)
def test_text_stays_text(source):
    content = source[source.index("=") + 2 : source.rindex(")") - 1]
    assert compile_template(source).render({}) == content


PYTHON_NAMES = [
    "import",
    "lambda",
    "None",
    "def",
    "class",
    "t",
    "run",
    "names",
    "out",
    "len",
    "call",
]


@pytest.mark.parametrize("name", PYTHON_NAMES)
def test_names_of_python_are_names_like_any_other(name):
    source = (
        f"#set($q=${name})$q ${name} #set(${name}=2)${name} #foreach(${name} in [3]) ${name}#end"
    )
    assert compile_template(source).render({name: 1}) == "1 1 2  3"


def test_values_of_foreign_kinds_are_refused_where_they_would_print():
    for value in (Account(), OrderedDict(a=1), (1, 2), b"bytes", {1, 2}, object, len, 1j):
        with pytest.raises(TemplateError) as caught:
            compile_template("$v").render({"v": value})
        assert caught.value.kind == "value"
        assert "TOPSECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "$!v.secret",
        "$!v.get('a')",
        "$!v['a']",
        "#foreach($i in $v)$i#end",
        "$!v.x.y",
        "$!v.toString()",
    ],
)
def test_values_of_foreign_kinds_have_nothing_to_call(source):
    assert compile_template(source).render({"v": Account()}) == ""


def test_data_is_never_read_as_a_template():
    source = "$code|#set($q=\"$code\")$q|%NOTES.CODE%|#evaluate('$code')"
    given = DATA | {"NOTES.CODE": DATA["code"]}
    assert compile_template(source).render(given) == "|".join([DATA["code"]] * 4)


def test_only_evaluate_runs_what_a_value_holds_and_only_when_asked_to():
    assert compile_template("#evaluate($v)").render({"v": "$n+1", "n": 7}) == "7+1"


CHANGES = [
    "$!m.put('a',1)$!m.remove('k')$m.clear()",
    "$!l.add(3)$!l.set(0,9)$l.clear()",
    "#set($m.k='changed')#set($l[0]=9)",
    "#foreach($e in $m.entrySet())$!e.setValue('changed')#end",
    "$!data.put('s','changed')$data.clear()",
    "#set($data.l[0]=9)$!data.m.put('k',2)",
    "#set($a=$l.subList(0,1))$a.clear()",
    "#set($a=$m.values().iterator())$!m.keySet().remove('k')",
    "#evaluate('$!m.clear()')",
    "#macro(c $x)$x.clear()#end#c($l)",
    "#set($i=$l.iterator())$!i.next()$i.remove()",
]


@pytest.mark.parametrize("source", CHANGES)
def test_one_rendering_cannot_change_the_data_of_the_next(source):
    data = {"s": "text", "l": [1, 2], "m": {"k": "v"}}
    template = compile_template(source)
    template.render(data)
    assert data == {"s": "text", "l": [1, 2], "m": {"k": "v"}}
    first = template.render(data)
    assert template.render(data) == first


def test_literals_are_new_in_every_rendering():
    template = compile_template("#set($q=[1])$!q.add(2)$q")
    assert template.render({}) == template.render({}) == "true[1, 2]"


def test_the_code_runs_without_builtins():
    template = compile_template("#set($q=$s)$q")
    assert template._program.body.__globals__["__builtins__"] == {}
