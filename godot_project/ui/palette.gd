extends RefCounted
## The colours of everything that is drawn by code; the theme has the same.

const NIGHT := Color("0a0e1c")
const FLOOR := Color("10162b")
const LINE := Color("1b2442")
const PANEL := Color("141b33")
const EDGE := Color("2b3760")
const TEXT := Color("e9edfb")
const QUIET := Color("97a3c7")
const GOLD := Color("ffd15c")
const BLUE := Color("59c3ff")
const GREEN := Color("5fe3a1")
const PINK := Color("ff7aa8")
const VIOLET := Color("b89bff")
const RED := Color("ff8370")
