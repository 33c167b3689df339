"""Names by which the sources list members whom the roster knows by another one: facts, by bioguide id."""

OTHER_GIVEN_NAMES = {
    "C001098": "Rafael Edward",  # Ted Cruz
    "D000622": "Ladda",  # Tammy Duckworth
    "E000071": "John Kevin",  # Jake Ellzey
    "M000355": "Addison",  # Mitch McConnell
    "R000608": "Jacklyn Sheryl",  # Jacky Rosen
    "R000615": "Willard",  # Mitt Romney
    "R000618": "John Peter",  # Pete Ricketts
    "S001185": "Terrycina Andrea",  # Terri Sewell
}
OTHER_SURNAMES = {
    "H001091": ("Hinson Arenholz",),  # Ashley Hinson
    "R000600": ("Amata",),  # Aumua Amata Coleman Radewagen
}
