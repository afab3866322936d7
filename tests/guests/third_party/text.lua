-- Strings: formatting, patterns, packing, UTF-8, and a small interpreter of arithmetic. Prints nothing that depends on
-- addresses, on time or on the order of a table's keys.

print(_VERSION, math.type(3), math.type(3.0), math.maxinteger, math.mininteger)

-- numbers and their texts
for _, x in ipairs {0.1, 1 / 3, 1e15, 1e16, 1e100, -0.0, 2 ^ 53, 1e308 * 10, 100 // 7, -7 // 2, -7 % 3, 5.5 % -2} do
  print(x, ("%.14g"):format(x), ("%a"):format(x))
end
print(10 // 3, 10.0 / 3, 3 | 4, 7 & 2, 5 ~ 1, ~0, 1 << 62, 1 << 64, "10" + 5, "0x10" * 2, 2 ^ 0.5)
print(("%5d|%-5d|%05d|%+d|%x|%X|%o|%c|%q"):format(42, 42, 42, 42, 255, 255, 8, 65, 'a "quoted"\nline'))
print(("%10.4f|%-10.2e|%g|%s|%10s|%-10s|%.3s"):format(math.pi, 12345.678, 1e20, true, "right", "left", "truncated"))
print(tostring(1e15), 123456789012345678, 0x7fffffffffffffff + 1, tonumber("z", 36), tonumber("  12  "), tonumber("1e"))

-- patterns
local text = [[
The quick brown fox jumps over the lazy dog. Pack my box with five dozen liquor jugs;
how vexingly quick daft zebras jump! (nested (parentheses) here) key=value, other = thing
]]
local counts = {}
for word in text:gmatch("%a+") do
  word = word:lower()
  counts[word] = (counts[word] or 0) + 1
end
local words = {}
for word in pairs(counts) do words[#words + 1] = word end
table.sort(words, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
for i = 1, 8 do print(i, words[i], counts[words[i]]) end
print(text:match("%b()"), text:find("quick", 10, true), text:gsub("(%w+)%s*=%s*(%w+)", "%2=%1"):sub(-31, -2))
print(("  trim me  "):match("^%s*(.-)%s*$") .. "|", ("a,b,,c"):gsub(",", ";"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("hello world"):gsub("o", {o = "0"}), ("abc"):gsub("%w", "%0%0"), ("x"):rep(5, "-"), ("abc"):reverse(), #text)
print(("$name is $age"):gsub("%$(%w+)", {name = "Lua", age = 30}), ("%d"):gsub("%%d", "%%"))
print(("f(a,b)"):match("%f[%w]%w+%f[%W]"))

-- bytes
local packed = string.pack("<i4 >I2 z s1 d", -123456, 65000, "zero-ended", "counted", math.pi)
print(#packed, (packed:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
print(string.unpack("<i4 >I2 z s1 d", packed))
print(utf8.char(72, 228, 8364, 128512), utf8.len("añ€"), #"añ€")
for position, code in utf8.codes("ñ€x") do io.write(position, ":", code, " ") end
print()

-- a recursive-descent interpreter of arithmetic
local function evaluate(source)
  local at = 1
  local expression
  local function peek()
    at = source:match("^%s*()", at)
    return source:sub(at, at)
  end
  local function atom()
    local c = peek()
    if c == "(" then
      at = at + 1
      local value = expression()
      if peek() ~= ")" then error({expected = ")", at = at}) end
      at = at + 1
      return value
    elseif c == "-" then
      at = at + 1
      return -atom()
    end
    local digits, behind = source:match("^(%d+%.?%d*)()", at)
    if not digits then error({expected = "number", at = at}) end
    at = behind
    return tonumber(digits)
  end
  local function chain(inner, operators)
    return function()
      local value = inner()
      while operators[peek()] do
        local operator = operators[peek()]
        at = at + 1
        value = operator(value, inner())
      end
      return value
    end
  end
  local product = chain(atom, {["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end})
  expression = chain(product, {["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end})
  return expression()
end
for _, source in ipairs {"1 + 2 * 3", "(1+2)*3", "2 * (3 + 4) * 5 - -6 / 4", "1 / 3", "(1", "2 * * 3"} do
  local ok, result = pcall(evaluate, source)
  print(source, "=", ok and result or ("error: %s expected at %d"):format(result.expected, result.at))
end

-- much text: a stable mix of it all
local hash = 5381
local pieces = {}
for i = 1, 2000 do
  pieces[#pieces + 1] = ("%d:%x;"):format(i * i, i)
  if #pieces == 500 then
    for byte in table.concat(pieces):gmatch("%d+") do hash = (hash * 33 + tonumber(byte)) & 0xffffffff end
    pieces = {}
  end
end
print(("%08x"):format(hash))
