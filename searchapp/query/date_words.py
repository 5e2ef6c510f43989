"""The words of a dozen languages for months, seasons and days near today."""

# Months from January on; the forms that a person types, unaccented variants where common.
MONTHS: tuple[tuple[str, ...], ...] = (
    ("january", "jan", "januar", "janvier", "enero", "gennaio", "janeiro", "januari", "styczeń",
     "styczniu", "январь", "январе", "января", "ocak", "يناير", "1月", "一月"),
    ("february", "feb", "februar", "février", "fevrier", "febrero", "febbraio", "fevereiro",
     "februari", "luty", "lutym", "февраль", "феврале", "февраля", "şubat", "فبراير", "2月",
     "二月"),
    ("march", "mar", "märz", "maerz", "mars", "marzo", "março", "marco", "maart", "marzec",
     "marcu", "март", "марте", "марта", "mart", "مارس", "3月", "三月"),
    ("april", "apr", "avril", "abril", "aprile", "kwiecień", "kwietniu", "апрель", "апреле",
     "апреля", "nisan", "أبريل", "4月", "四月"),
    ("may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maju", "май", "мае", "мая", "mayıs",
     "مايو", "5月", "五月"),
    ("june", "jun", "juni", "juin", "junio", "giugno", "junho", "czerwiec", "czerwcu", "июнь",
     "июне", "июня", "haziran", "يونيو", "6月", "六月"),
    ("july", "jul", "juli", "juillet", "julio", "luglio", "julho", "lipiec", "lipcu", "июль",
     "июле", "июля", "temmuz", "يوليو", "7月", "七月"),
    ("august", "aug", "août", "aout", "agosto", "augustus", "sierpień", "sierpniu", "август",
     "августе", "августа", "ağustos", "أغسطس", "8月", "八月"),
    ("september", "sep", "sept", "septembre", "septiembre", "settembre", "setembro", "wrzesień",
     "wrześniu", "сентябрь", "сентябре", "сентября", "eylül", "سبتمبر", "9月", "九月"),
    ("october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "outubro",
     "październik", "październiku", "октябрь", "октябре", "октября", "ekim", "أكتوبر", "10月",
     "十月"),
    ("november", "nov", "novembre", "noviembre", "novembro", "listopad", "listopadzie", "ноябрь",
     "ноябре", "ноября", "kasım", "نوفمبر", "11月", "十一月"),
    ("december", "dec", "dezember", "dez", "décembre", "decembre", "diciembre", "dicembre",
     "dezembro", "grudzień", "grudniu", "декабрь", "декабре", "декабря", "aralık", "ديسمبر",
     "12月", "十二月"),
)  # fmt: skip

# First month of each season on the northern half of the globe; each lasts three months.
SEASONS: dict[int, tuple[str, ...]] = {
    3: ("spring", "frühling", "frühjahr", "printemps", "primavera", "lente", "wiosna", "wiosną",
        "весна", "весной", "ilkbahar", "الربيع", "春", "春天", "春季"),
    6: ("summer", "sommer", "été", "verano", "estate", "verão", "verao", "zomer", "lato", "latem",
        "лето", "летом", "yaz", "الصيف", "夏", "夏天", "夏季"),
    9: ("autumn", "fall", "herbst", "automne", "otoño", "otono", "autunno", "outono", "herfst",
        "jesień", "jesienią", "осень", "осенью", "sonbahar", "الخريف", "秋", "秋天", "秋季"),
    12: ("winter", "hiver", "invierno", "inverno", "zima", "zimą", "зима", "зимой", "kış",
         "الشتاء", "冬", "冬天", "冬季"),
}  # fmt: skip

# Whole phrases for days near today, by the name that `calendar.relative` knows.
PHRASES: dict[str, tuple[str, ...]] = {
    "today": ("today", "heute", "aujourd'hui", "hoy", "oggi", "hoje", "vandaag", "dzisiaj",
              "сегодня", "bugün", "اليوم", "今天", "今日", "오늘"),
    "yesterday": ("yesterday", "gestern", "hier", "ayer", "ieri", "ontem", "gisteren", "wczoraj",
                  "вчера", "dün", "أمس", "昨天", "昨日", "어제"),
    "this-week": ("this week", "diese woche", "cette semaine", "esta semana", "questa settimana",
                  "deze week", "w tym tygodniu", "на этой неделе", "bu hafta", "这周", "本周",
                  "今週", "이번 주"),
    "last-week": ("last week", "letzte woche", "la semaine dernière", "la semana pasada",
                  "la settimana scorsa", "semana passada", "vorige week", "w zeszłym tygodniu",
                  "на прошлой неделе", "geçen hafta", "الأسبوع الماضي", "上周", "先週", "지난주"),
    "this-month": ("this month", "diesen monat", "ce mois-ci", "este mes", "questo mese",
                   "este mês", "deze maand", "w tym miesiącu", "в этом месяце", "bu ay", "这个月",
                   "今月", "이번 달"),
    "last-month": ("last month", "letzten monat", "le mois dernier", "el mes pasado",
                   "il mese scorso", "mês passado", "vorige maand", "w zeszłym miesiącu",
                   "в прошлом месяце", "geçen ay", "الشهر الماضي", "上个月", "先月", "지난달"),
    "this-year": ("this year", "dieses jahr", "cette année", "este año", "quest'anno", "este ano",
                  "dit jaar", "w tym roku", "в этом году", "bu yıl", "今年", "올해"),
    "last-year": ("last year", "letztes jahr", "l'année dernière", "el año pasado",
                  "l'anno scorso", "ano passado", "vorig jaar", "w zeszłym roku",
                  "в прошлом году", "geçen yıl", "العام الماضي", "去年", "작년"),
}  # fmt: skip

# Small words that lead to a date and leave with it ("in summer 2023", "im Juli 2020").
LEADING = frozenset(
    {"in", "from", "of", "during", "im", "vom", "aus", "am", "on", "en", "de", "del", "di", "da",
     "em", "du", "au", "le", "la", "el", "nel", "do", "van", "w", "we", "z", "в", "с", "за", "在",
     "の"}
)  # fmt: skip
