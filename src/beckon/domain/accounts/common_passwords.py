"""Passwords that guessers try first; lower case, eight characters and more."""

COMMON_PASSWORDS = frozenset(
    """
    00000000 11111111 11223344 12121212 12312312 123123123 12341234 123412345 12344321 12345678
    123456789 1234567890 12345678910 1234qwer 123qwe123 123qweasd 147258369 159357159 18atcskd2w
    1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qazxsw2 20202020 22222222 31415926 33333333 44444444 55555555
    66666666 77777777 87654321 88888888 987654321 99999999 9876543210 a1234567 a1b2c3d4 aa123456
    aaaaaaaa abc12345 abcd1234 abcdefgh abcdefghi access14 admin123 admin1234 administrator
    adminadmin alexander american anderson arsenal1 asdf1234 asdfasdf asdfghjk asdfghjkl azerty123
    babygirl barcelona baseball basketball baseball1 beckon123 beckonbeckon bigdaddy blink182
    broncos1 butterfly calvin12 carolina changeit changeme changeme1 charlie1 chelsea1 chocolate
    christina computer corvette courtney cowboys1 creative danielle december default1 dolphins
    einstein elephant elizabeth explorer facebook fernando firebird flowers1 football football1
    formula1 franklin freedom1 gangster garfield godzilla goldfish graphics hello123 hello1234
    helloworld hercules hockey12 iloveyou iloveyou1 iloveyou2 internet jackson1 jasmine1 jennifer
    jessica1 jordan23 juventus kristina lasvegas letmein1 letmein123 liverpool lovelove loveyou1
    manager1 marlboro master12 maverick melissa1 mercedes merlin12 metallic metallica michelle
    midnight minecraft monkey12 monster1 mountain mustang1 mypassword naruto123 november nintendo
    p@ssw0rd p@ssword pa$$word pass1234 passw0rd password password! password1 password12 password123
    password1234 passwort patricia platinum playboy1 pokemon1 princess princess1 q1w2e3r4 q1w2e3r4t5
    qazwsx123 qazwsxedc qqqqqqqq qwer1234 qwerasdf qwerty12 qwerty123 qwerty1234 qwertyui qwertyuio
    qwertyuiop redskins remember rockyou1 rockstar samantha samsung1 scorpion secret12 secret123
    security september serenity shadow12 shannon1 skywalker slipknot snickers snowball softball
    southern spiderman squirrel starwars startrek steelers superman superstar sunshine sunshine1
    swordfish test1234 testtest thunder1 tiger123 tinkerbell trustno1 usuckballz1 vacation victoria
    warcraft warriors welcome1 welcome12 welcome123 whatever william1 williams windows1 wolverine
    xxxxxxxx yankees1 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123 zzzzzzzz
    """.split()  # noqa: SIM905 - three hundred pairs of quotes read worse
)
