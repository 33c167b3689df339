"""Names by which the Clerk's public index lists members whom the roster knows by another one: facts, by bioguide id."""

OTHER_GIVEN_NAMES = {
    "E000071": "John Kevin",  # Jake Ellzey
    "S001185": "Terrycina Andrea",  # Terri Sewell
}
OTHER_SURNAMES = {
    "H001091": ("Hinson Arenholz",),  # Ashley Hinson
    "R000600": ("Amata",),  # Aumua Amata Coleman Radewagen
}
