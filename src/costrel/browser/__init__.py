"""What runs in the reader's browser: Python, the steps, and the notebooks.

`costrel read --with-browser` builds it into the site, from packages that
package-lock.json and requirements/pyodide.txt lock. It needs Node and npm; without
them the site is built without it.

The folder `pyodide/` of the site is shared by all pages that run Python:

    pyodide.mjs                 the loader; pyodide.asm.* and python_stdlib.zip with it
    pyodide-lock.json           which packages there are
    *.whl                       the packages, each step among them, with bytecode

A page, better a module worker, uses it like this; it asks for nothing else:

    const folder = new URL("pyodide/", siteAddress);
    const { loadPyodide } = await import(new URL("pyodide.mjs", folder));
    const pyodide = await loadPyodide({ packages: ["step05-testing"] });
    pyodide.runPython("from step05_testing import App");

A step's package has the step's number and topic with a hyphen, and brings what the
step imports. `await pyodide.loadPackagesFromImports(code)` finds the packages that
some code imports. The files of a step are in /lib/python3.14/site-packages, may be
overwritten, and count at the next import: their bytecode is checked against them.
`hashlib.scrypt` and `hashlib.pbkdf2_hmac` work (`in_pyodide/hashing.py`), and so does
argon2-cffi (`in_pyodide/argon2.py`), with one lane.

`site.browser_parts` builds all of it. `pyodide` puts that folder together: `node`
installs npm's packages, `wheel_sources` finds the wheels, `bytecode` compiles them;
`jupyterlite` builds the notebooks' pages. What runs in Pyodide itself is in
`in_pyodide`.
"""
