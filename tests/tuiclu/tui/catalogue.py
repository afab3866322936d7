"""`python -m tests.tuiclu.catalogue`, under its former name."""

from tests.tuiclu.catalogue import main

if __name__ == "__main__":
    main()
