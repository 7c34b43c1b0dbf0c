"""Shows without rows, which no command makes: where a test wants to write the first row by hand."""

from console.journal.port import Journal, ShowRow


async def add_show(journal: Journal, show: ShowRow) -> None:
    async with journal.creating(show) as writing:
        await writing.append([])
