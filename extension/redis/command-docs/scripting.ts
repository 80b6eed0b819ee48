/** Scripts and functions: see command-docs.ts for the notation. */
export const scripting = `
eval @2.6.0
  script numkeys:integer [key:key0...] [arg...]
  Runs a script.
eval_ro @7.0.0
  script numkeys:integer [key:key0...] [arg...]
  Runs a script that must not write.
evalsha @2.6.0
  sha1 numkeys:integer [key:key0...] [arg...]
  Runs a script that the server knows, named by its SHA-1.
evalsha_ro @7.0.0
  sha1 numkeys:integer [key:key0...] [arg...]
  Runs a script that the server knows and that must not write.
fcall @7.0.0
  function numkeys:integer [key:key0...] [arg...]
  Calls a function of a library.
fcall_ro @7.0.0
  function numkeys:integer [key:key0...] [arg...]
  Calls a function of a library that must not write.
function @7.0.0
  -
  Libraries of functions.
function|delete @7.0.0 O(1)
  library-name
  Removes a library and its functions.
function|dump @7.0.0 O(N)
  -
  All libraries in one string, to be restored elsewhere.
function|flush @7.0.0 O(N)
  [flush-type(+ASYNC|+SYNC)]
  Removes all libraries.
function|help @7.0.0 O(1)
  -
  What the subcommands do.
function|kill @7.0.0 O(1)
  -
  Ends the function that is running.
function|list @7.0.0 O(N)
  [LIBRARYNAME=library-name-pattern] [+WITHCODE]
  The libraries and what is in them.
function|load @7.0.0 O(1)
  [+REPLACE] function-code
  Takes a library.
function|restore @7.0.0 O(N)
  serialized-value [policy(+FLUSH|+APPEND|+REPLACE)]
  Takes the libraries of a dump.
function|stats @7.0.0 O(1)
  -
  The function that is running, and how many there are.
script @2.6.0
  -
  Scripts that the server knows.
script|debug @3.2.0 O(1)
  mode(+YES|+SYNC|+NO)
  Whether scripts of this session are run in a debugger.
script|exists @2.6.0 O(N)
  sha1...
  Whether the server knows these scripts.
script|flush @2.6.0 O(N)
  [flush-type(+ASYNC|+SYNC)]
  Forgets all scripts.
script|help @5.0.0 O(1)
  -
  What the subcommands do.
script|kill @2.6.0 O(1)
  -
  Ends the script that is running.
script|load @2.6.0 O(N)
  script
  Takes a script without running it.
`;
